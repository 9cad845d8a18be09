import { describe, expect, test } from 'vitest';
import { Lines } from '../../../src/main/cluster/pairing/lines.ts';
import { meetAsAsker, meetAsHub } from '../../../src/main/cluster/pairing/talk.ts';
import { commitmentOf, pairingWords, proofOf, transcriptOf } from '../../../src/main/cluster/pairing/transcript.ts';
import { systemClock } from '../../../src/main/lib/clock.ts';
import { CodeDesk, plainCode } from '../../../src/main/lib/pairing-code.ts';
import type { RuntimeError } from '../../../src/shared/errors.ts';
import { caught, caughtLater } from '../../world/caught.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { joinedLines } from '../../world/joined.ts';

const cluster = { id: 'c1', name: 'Home' };
const asker = { node: 'asker-key', name: 'laptop' };
const hub = { node: 'hub-key', name: 'nas' };

describe('the talk', () => {
  test('two nodes with the same code see the same six words', async () => {
    const { near, far } = joinedLines(systemClock);
    const codes = new CodeDesk(systemClock);
    const { code } = codes.show();
    const [one, other] = await Promise.all([
      meetAsAsker(near, asker, hub.node, code),
      meetAsHub(far, hub, asker.node, codes, cluster),
    ]);
    expect(one.words).toHaveLength(6);
    expect(one.words).toEqual(other.words);
    expect(one.other).toEqual(hub);
    expect(other.other).toEqual(asker);
    expect(one.cluster).toEqual(cluster);
  });

  test('a wrong code is refused before anything of the code is told', async () => {
    const { near, far } = joinedLines(systemClock);
    const codes = new CodeDesk(systemClock);
    const { code } = codes.show();
    const wrong = code === '00000000' ? '00000001' : '00000000';
    const met = meetAsHub(far, hub, asker.node, codes, cluster).catch((thrown: RuntimeError) => {
      far.refuse(thrown);
      throw thrown;
    });
    const [there, here] = await Promise.all([caughtLater(met), caughtLater(meetAsAsker(near, asker, hub.node, wrong))]);
    expect(there.code).toBe('PAIRING_CODE_INVALID');
    expect(here).toMatchObject({ code: 'PAIRING_CODE_INVALID', message: there.message });
  });

  test('who stands in between with keys of its own is refused, though it passes on every word', async () => {
    const [toAsker, toHub] = [joinedLines(systemClock), joinedLines(systemClock)];
    const codes = new CodeDesk(systemClock);
    const { code } = codes.show();
    void relay(toAsker.far, toHub.near);
    void relay(toHub.near, toAsker.far);
    // Each side sees the key of the one in between, as the handshake proves it.
    const met = meetAsHub(toHub.far, hub, 'between-key', codes, cluster).catch((thrown: RuntimeError) => {
      toHub.far.refuse(thrown);
      throw thrown;
    });
    const [there, here] = await Promise.all([
      caughtLater(met),
      caughtLater(meetAsAsker(toAsker.near, asker, 'between-key', code)),
    ]);
    expect([there.code, here.code]).toEqual(['PAIRING_FAILED', 'PAIRING_FAILED']);
  });

  test('even one in between who has guessed the code gets two screens that differ', async () => {
    const [toAsker, toHub] = [joinedLines(systemClock), joinedLines(systemClock)];
    const codes = new CodeDesk(systemClock);
    const { code } = codes.show();
    const between = { node: 'between-key', name: 'nas' };
    const guessed = { use: () => code } as unknown as CodeDesk;
    const [asHub, atAsker, asAsker, atHub] = await Promise.all([
      meetAsHub(toAsker.far, between, asker.node, guessed, cluster),
      meetAsAsker(toAsker.near, asker, between.node, code),
      meetAsAsker(toHub.near, { ...between, name: 'laptop' }, hub.node, code),
      meetAsHub(toHub.far, hub, between.node, codes, cluster),
    ]);
    expect(asHub.words).toEqual(atAsker.words);
    expect(asAsker.words).toEqual(atHub.words);
    expect(atAsker.words).not.toEqual(atHub.words);
  });

  test('a side that reveals another nonce than it had bound itself to is refused', async () => {
    const { near, far } = joinedLines(systemClock);
    const codes = new CodeDesk(systemClock);
    codes.show();
    const met = caughtLater(meetAsHub(far, hub, asker.node, codes, cluster));
    near.say({ protocol: 1, name: 'laptop', commitment: commitmentOf({ ...asker, nonce: 'a'.repeat(43) }, 'asker') });
    await near.hear(1_000);
    near.say({ nonce: 'b'.repeat(43) });
    expect((await met).code).toBe('PAIRING_FAILED');
  });

  test('what was said in an earlier pairing proves nothing in another', async () => {
    const codes = new CodeDesk(systemClock);
    const { code } = codes.show();
    const { near, far } = joinedLines(systemClock);
    const old = transcriptOf({ ...asker, nonce: 'a'.repeat(43) }, { ...hub, nonce: 'b'.repeat(43) });
    const met = caughtLater(meetAsHub(far, hub, asker.node, codes, cluster));
    const nonce = 'a'.repeat(43);
    near.say({ protocol: 1, name: 'laptop', commitment: commitmentOf({ ...asker, nonce }, 'asker') });
    await near.hear(1_000);
    near.say({ nonce });
    await near.hear(1_000);
    near.say({ proof: proofOf(code, 'asker', old) });
    expect((await met).code).toBe('PAIRING_CODE_INVALID');
  });

  test('words depend on both keys, both names and both nonces', () => {
    const sides = { asker: { ...asker, nonce: 'x' }, hub: { ...hub, nonce: 'y' } };
    const words = (change: object, of: 'asker' | 'hub') =>
      pairingWords(
        transcriptOf(
          of === 'asker' ? { ...sides.asker, ...change } : sides.asker,
          of === 'hub' ? { ...sides.hub, ...change } : sides.hub,
        ),
      ).join();
    const all = (['asker', 'hub'] as const).flatMap((of) =>
      [{}, { node: 'z' }, { name: 'z' }, { nonce: 'z' }].map((change) => words(change, of)),
    );
    expect(new Set(all).size).toBe(7);
  });

  test('endless and unreadable lines end it', async () => {
    for (const junk of ['x'.repeat(10_000), 'no json\n', '[1]\n', `${'{}\n'.repeat(50)}`]) {
      const { near, ends } = joinedLines(systemClock);
      ends[1].write(junk);
      const heard = async () => {
        for (;;) await near.hear(1_000);
      };
      expect((await caughtLater(heard())).code).toBe('PAIRING_FAILED');
    }
  });

  test('a side that falls silent is not waited for', async () => {
    const clock = new HandClock();
    const { near, far } = joinedLines(clock);
    const met = caughtLater(meetAsHub(far, hub, asker.node, new CodeDesk(clock), cluster));
    await clock.advance(10_000);
    expect((await met).message).toContain('took too long');
    expect(near).toBeInstanceOf(Lines);
  });
});

describe('the code', () => {
  test('has eight digits and ends after two minutes', async () => {
    const clock = new HandClock();
    const desk = new CodeDesk(clock);
    const { code } = desk.show();
    expect(code).toMatch(/^\d{8}$/);
    await clock.advance(119_999);
    expect(desk.isOpen).toBe(true);
    await clock.advance(1);
    expect(desk.isOpen).toBe(false);
    expect(caught(() => desk.use(() => true)).code).toBe('PAIRING_CODE_INVALID');
  });

  test('is good for one pairing', () => {
    const desk = new CodeDesk(new HandClock());
    const { code } = desk.show();
    expect(desk.use((shown) => shown === code)).toBe(code);
    expect(caught(() => desk.use(() => true)).code).toBe('PAIRING_CODE_INVALID');
  });

  test('is void after three wrong tries, and each time the next one comes twice as late', async () => {
    const clock = new HandClock();
    const desk = new CodeDesk(clock);
    for (const lockMs of [30_000, 60_000, 120_000]) {
      desk.show();
      for (const left of [2, 1, 0]) {
        expect(desk.isOpen).toBe(true);
        expect(caught(() => desk.use(() => false)).code).toBe('PAIRING_CODE_INVALID');
        expect(desk.isOpen).toBe(left > 0);
      }
      expect(caught(() => desk.use(() => true)).code).toBe('PAIRING_CODE_INVALID');
      await clock.advance(lockMs - 1);
      expect(caught(() => desk.show())).toMatchObject({ code: 'PAIRING_LOCKED', retryable: true });
      await clock.advance(1);
    }
    const { code } = desk.show();
    desk.use((shown) => shown === code);
    desk.show();
  });

  test('may be typed with spaces', () => {
    expect(plainCode(' 1234 56-78 ')).toBe('12345678');
  });
});

async function relay(from: Lines, to: Lines): Promise<void> {
  try {
    for (;;) to.say(await from.hear(5_000));
  } catch {
    to.close();
  }
}
