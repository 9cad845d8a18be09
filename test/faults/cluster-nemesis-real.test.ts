import { describe, expect, onTestFinished, test } from 'vitest';
import { ClusterDoors } from '../world/cluster-doors.ts';
import { ClusterHosts } from '../world/cluster-hosts.ts';
import { draws } from '../world/draws.ts';
import { noNamespaces } from '../world/namespaces.ts';
import { strike } from '../world/network-strikes.ts';
import { NodeNemesis } from '../world/node-nemesis.ts';

/**
 * Real programs, a real network and a real clock, with an auditor outside. The same on a stand-in network and a clock
 * that is turned by hand, so far faster: `cluster-nemesis.test.ts`.
 */
const reason = noNamespaces();
if (reason) console.warn(`SKIPPED: kills, cuts and losses on a real network, since ${reason}`);
const seconds = Number(process.env['NEMESIS_SECONDS'] ?? 75);
const random = draws();

describe.skipIf(reason !== null)('three computers with ten agents each, to which things happen', () => {
  test(`for ${seconds} s: no agent has two owners, nothing acknowledged is lost, and all heals (${random.label})`, async () => {
    const hosts = await ClusterHosts.make(3);
    onTestFinished(() => hosts.close());
    await hosts.unite([1, 2, 3], '--mdns');
    const outside = await ClusterDoors.open(hosts);
    onTestFinished(() => outside.close());
    const nemesis = new NodeNemesis({ outside, strike: (draw) => strike(hosts, draw), seconds, agents: 10, random });
    const report = await nemesis.run();
    const { acknowledged, effects, takeOvers, branches, healedAfterMs, deeds } = report;
    console.info(
      `${random.label}: ${acknowledged} acknowledged, ${effects} effects, ${takeOvers} changes of owner, ${branches} branches, healed after ${healedAfterMs} ms; ${deeds.join(', ')}`,
    );
    expect(report).toMatchObject({ overlaps: [], lost: [], twice: [] });
    expect(acknowledged).toBeGreaterThan(0);
  });
});
