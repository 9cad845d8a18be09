import { RuntimeError } from '../../shared/errors.ts';
import type { Migration } from './database.ts';
import type { Postgres } from './postgres.ts';

/** What the database of a cluster holds, step by step. A step that has been released is never changed; add another. */
export const clusterMigrations: readonly Migration[] = [
  {
    title: 'journals and leases',
    sql: `
      -- node: '' for a process, which any node may own; else the node whose own stream it is.
      CREATE TABLE streams (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        node text NOT NULL,
        name text NOT NULL,
        seq bigint NOT NULL DEFAULT 0,
        hash text NOT NULL DEFAULT '',
        epoch bigint NOT NULL DEFAULT 0,
        -- Grows when its writer lost a connection: what was still under way on that one finds another number.
        turn bigint NOT NULL DEFAULT 0,
        checkpoint_seq bigint NOT NULL DEFAULT 0,
        trimmed_seq bigint NOT NULL DEFAULT 0,
        trimmed_hash text NOT NULL DEFAULT '',
        UNIQUE (node, name)
      );
      CREATE TABLE journal (
        stream bigint NOT NULL,
        seq bigint NOT NULL,
        at bigint NOT NULL,
        kind text NOT NULL,
        commit_name text NOT NULL,
        epoch bigint NOT NULL,
        body text NOT NULL,
        hash text NOT NULL,
        PRIMARY KEY (stream, seq)
      );
      -- A key can be longer than an index takes, and can hold what a text cannot.
      CREATE TABLE journal_keys (
        stream bigint NOT NULL,
        digest bytea NOT NULL,
        key bytea NOT NULL,
        seq bigint NOT NULL,
        PRIMARY KEY (stream, digest)
      );
      CREATE TABLE leases (
        process text PRIMARY KEY,
        epoch bigint NOT NULL,
        owner text,
        session text,
        failover text NOT NULL,
        renewed_at bigint NOT NULL,
        expires_at bigint NOT NULL,
        reserved_for text,
        head_seq bigint,
        head_hash text,
        forgotten boolean NOT NULL DEFAULT false
      );
      CREATE TABLE nodes (
        node text PRIMARY KEY,
        name text NOT NULL,
        seen_at timestamptz NOT NULL
      );

      -- Writes batches whole, each only where the stream ends as its writer knows it and its ownership is not over.
      -- A batch that is there already, since the answer to it was lost, is as good as written. One statement: it takes
      -- one way to the server and back, and all or nothing of it is kept.
      CREATE FUNCTION append_batches(owner_node text, batches json) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        batch json;
        stream_id bigint;
        present streams%ROWTYPE;
        first_seq bigint;
        last_seq bigint;
        checkpoint bigint;
        taken record;
      BEGIN
        PERFORM set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';
        FOR batch IN SELECT value FROM json_array_elements(batches) LOOP
          first_seq := (batch->>'first')::bigint;
          last_seq := (batch->>'last')::bigint;
          checkpoint := (batch->>'checkpoint')::bigint;
          INSERT INTO streams (node, name) SELECT owner_node, batch->>'process' WHERE first_seq = 1
            ON CONFLICT DO NOTHING;
          UPDATE streams SET seq = last_seq, hash = batch->>'hash', epoch = (batch->>'epoch')::bigint,
              checkpoint_seq = coalesce(checkpoint, checkpoint_seq)
            WHERE node = owner_node AND name = batch->>'process' AND seq = first_seq - 1 AND hash = batch->>'previous'
              AND turn = (batch->>'turn')::bigint AND epoch <= (batch->>'epoch')::bigint
            RETURNING id INTO stream_id;
          IF stream_id IS NULL THEN
            SELECT * INTO present FROM streams WHERE node = owner_node AND name = batch->>'process';
            IF EXISTS (SELECT FROM journal WHERE stream = present.id AND seq = last_seq AND hash = batch->>'hash') THEN
              CONTINUE;
            END IF;
            RAISE EXCEPTION 'refused' USING ERRCODE = CASE WHEN present.epoch > (batch->>'epoch')::bigint THEN 'AR001' ELSE 'AR002' END,
              DETAIL = json_build_object('process', batch->>'process', 'epoch', present.epoch, 'seq', present.seq)::text;
          END IF;
          INSERT INTO journal (stream, seq, at, kind, commit_name, epoch, body, hash)
            SELECT stream_id, e.seq, e.at, e.kind, e.commit, e.epoch, e.body, e.hash
            FROM json_to_recordset(batch->'entries')
              AS e(seq bigint, at bigint, kind text, commit text, epoch bigint, body text, hash text);
          FOR taken IN SELECT * FROM json_to_recordset(batch->'keys') AS k(key text, seq bigint) LOOP
            INSERT INTO journal_keys (stream, digest, key, seq)
              VALUES (stream_id, sha256(decode(taken.key, 'hex')), decode(taken.key, 'hex'), taken.seq) ON CONFLICT DO NOTHING;
            IF NOT FOUND THEN
              RAISE EXCEPTION 'taken' USING ERRCODE = 'AR003', DETAIL = json_build_object('process', batch->>'process',
                'key', taken.key, 'seq', (SELECT k.seq FROM journal_keys k WHERE k.stream = stream_id AND k.digest = sha256(decode(taken.key, 'hex'))))::text;
            END IF;
          END LOOP;
          stream_id := NULL;
        END LOOP;
      END $$;

      CREATE FUNCTION cut_stream(owner_node text, process text, after bigint) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        stream_id bigint;
      BEGIN
        SELECT id INTO stream_id FROM streams WHERE node = owner_node AND name = process FOR UPDATE;
        DELETE FROM journal WHERE stream = stream_id AND seq > after;
        DELETE FROM journal_keys WHERE stream = stream_id AND seq > after;
        UPDATE streams s SET seq = after,
            hash = coalesce((SELECT j.hash FROM journal j WHERE j.stream = stream_id AND j.seq = after), s.trimmed_hash),
            checkpoint_seq = coalesce(
              (SELECT max(j.seq) FROM journal j WHERE j.stream = stream_id AND j.kind = 'checkpoint'), 0)
          WHERE s.id = stream_id AND s.seq > after;
      END $$;

      -- What was under way on a lost connection finds another turn from here on, and what of it had landed is taken out
      -- again: its writer has been told that it was not kept. Nothing happens where somebody else owns the process, or
      -- where this was done already.
      CREATE FUNCTION take_turn(owner_node text, process text, writer_epoch bigint, known_turn bigint, kept bigint) RETURNS void
      LANGUAGE plpgsql AS $$
      DECLARE
        stream_id bigint;
      BEGIN
        INSERT INTO streams AS s (node, name, turn, epoch) VALUES (owner_node, process, known_turn + 1, writer_epoch)
          ON CONFLICT (node, name) DO UPDATE SET turn = s.turn + 1
          WHERE s.epoch <= writer_epoch AND s.turn = known_turn
          RETURNING id INTO stream_id;
        IF stream_id IS NOT NULL THEN
          PERFORM cut_stream(owner_node, process, kept);
        END IF;
      END $$;
    `,
  },
  {
    title: 'what crosses nodes',
    sql: `
      -- By the node's own clock (epoch ms): it gets what is published from then on.
      ALTER TABLE nodes ADD COLUMN joined_at bigint NOT NULL DEFAULT 0;
      -- Questions and answers on their way between nodes. Whoever asks asks again, so none need outlast the server.
      CREATE UNLOGGED TABLE mail (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        to_node text NOT NULL,
        from_node text NOT NULL,
        kind text NOT NULL,
        ref text NOT NULL,
        question text NOT NULL,
        body text NOT NULL,
        until timestamptz NOT NULL
      );
      CREATE INDEX mail_to ON mail (to_node, id);
      -- How far everyone on a node has come with what a publisher told: where others go on who take a process from it.
      CREATE TABLE heard (
        node text NOT NULL,
        publisher text NOT NULL,
        epoch bigint NOT NULL,
        seq bigint NOT NULL,
        PRIMARY KEY (node, publisher)
      );
      -- How far a process had come that left its node, until it has been brought the rest. epoch: the ownership it had there.
      CREATE TABLE departures (
        process text PRIMARY KEY,
        node text NOT NULL,
        epoch bigint NOT NULL,
        positions text NOT NULL
      );
    `,
  },
];

/** Any number that all nodes know: whoever holds it may change tables. */
const migrationLock = 0x41675274;

/**
 * Brings the tables up to date; several nodes may do so at once.
 * @throws RuntimeError `JOURNAL_TOO_NEW` where a newer program has written.
 */
export async function migrateCluster(postgres: Postgres): Promise<void> {
  await postgres.transaction(async (query) => {
    await query(`SELECT pg_advisory_xact_lock(${migrationLock})`);
    await query('CREATE TABLE IF NOT EXISTS agent_runtime_format (version int NOT NULL)');
    const [row] = await query<{ version: number }>('SELECT version FROM agent_runtime_format');
    const version = row?.version ?? 0;
    if (version > clusterMigrations.length) {
      throw new RuntimeError(
        'JOURNAL_TOO_NEW',
        `${postgres.name} was written by a newer Agent Runtime (format ${version}; this one knows ${clusterMigrations.length}).`,
        { version },
      );
    }
    for (const { sql } of clusterMigrations.slice(version)) await query(sql);
    await query('DELETE FROM agent_runtime_format');
    await query('INSERT INTO agent_runtime_format VALUES ($1)', [clusterMigrations.length]);
  });
}
