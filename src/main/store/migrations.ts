import type { Migration } from './database.ts';

/** What `runtime.db` holds, step by step. A step that has been released is never changed; add another. */
export const runtimeMigrations: readonly Migration[] = [
  {
    title: 'the journal',
    sql: `
      CREATE TABLE streams (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        checkpoint_seq INTEGER NOT NULL DEFAULT 0,
        trimmed_seq INTEGER NOT NULL DEFAULT 0,
        trimmed_hash TEXT NOT NULL DEFAULT ''
      ) STRICT;
      -- id: stream * 2^34 + number of the entry. One number for both, since a table without rowid would move every
      -- text of more than 1 KB to pages of its own.
      CREATE TABLE journal (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        commit_name TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        body TEXT NOT NULL,
        hash TEXT NOT NULL
      ) STRICT;
      CREATE TABLE journal_keys (
        stream INTEGER NOT NULL,
        key TEXT NOT NULL,
        seq INTEGER NOT NULL,
        crc INTEGER NOT NULL,
        PRIMARY KEY (stream, key)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    title: 'read models: what screens list',
    sql: `
      CREATE TABLE read_trigger_events (
        id TEXT PRIMARY KEY,
        process TEXT NOT NULL,
        seq INTEGER NOT NULL,
        trigger_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        dedupe_key TEXT NOT NULL,
        priority INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        accepted_at INTEGER NOT NULL,
        not_before INTEGER,
        ended_at INTEGER,
        run_id TEXT
      ) STRICT;
      CREATE INDEX read_trigger_events_process ON read_trigger_events (process, id);
      CREATE INDEX read_trigger_events_open ON read_trigger_events (state, id) WHERE ended_at IS NULL OR state <> 'done';
      CREATE TABLE read_runs (
        id TEXT PRIMARY KEY,
        process TEXT NOT NULL,
        event_id TEXT NOT NULL,
        trigger_id TEXT NOT NULL,
        state TEXT NOT NULL,
        doing TEXT,
        definition TEXT NOT NULL,
        step_count INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        ended_at INTEGER,
        seq INTEGER NOT NULL,
        settled_seq INTEGER,
        error_code TEXT,
        model_calls INTEGER NOT NULL DEFAULT 0,
        tool_calls INTEGER NOT NULL DEFAULT 0,
        input_tokens INTEGER NOT NULL DEFAULT 0,
        output_tokens INTEGER NOT NULL DEFAULT 0,
        cost_usd REAL NOT NULL DEFAULT 0
      ) STRICT;
      CREATE INDEX read_runs_process ON read_runs (process, id);
      CREATE INDEX read_runs_state ON read_runs (state, id) WHERE state <> 'done';
      CREATE TABLE read_steps (
        run_id TEXT NOT NULL,
        step INTEGER NOT NULL,
        process TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        ended_at INTEGER,
        intent_seq INTEGER,
        end_seq INTEGER,
        PRIMARY KEY (run_id, step)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE read_bus_events (
        id TEXT PRIMARY KEY,
        type TEXT NOT NULL,
        source TEXT NOT NULL,
        at INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        position INTEGER NOT NULL,
        data TEXT NOT NULL
      ) STRICT;
      CREATE INDEX read_bus_events_at ON read_bus_events (at, id);
      CREATE TABLE read_inbox (
        id TEXT PRIMARY KEY,
        process TEXT NOT NULL,
        run_id TEXT NOT NULL,
        step INTEGER NOT NULL,
        kind TEXT NOT NULL,
        item TEXT NOT NULL,
        opened_at INTEGER NOT NULL,
        answered_at INTEGER,
        answer TEXT,
        answered_by TEXT
      ) STRICT;
      CREATE INDEX read_inbox_open ON read_inbox (opened_at) WHERE answered_at IS NULL;
    `,
  },
  {
    title: 'read models: messages, and planned occurrences that did not become events',
    sql: `
      CREATE TABLE read_messages (
        id TEXT PRIMARY KEY,
        seq INTEGER NOT NULL,
        topic TEXT NOT NULL,
        sender TEXT NOT NULL,
        recipient TEXT,
        state TEXT NOT NULL,
        taker TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        reason TEXT,
        reply_to TEXT,
        correlation TEXT,
        sent_at INTEGER NOT NULL,
        not_before INTEGER,
        expires_at INTEGER,
        ended_at INTEGER
      ) STRICT;
      CREATE INDEX read_messages_seq ON read_messages (seq);
      CREATE INDEX read_messages_topic ON read_messages (topic, seq);
      CREATE INDEX read_messages_open ON read_messages (state, seq) WHERE state <> 'consumed';
      CREATE TABLE read_occurrences (
        process TEXT NOT NULL,
        seq INTEGER NOT NULL,
        trigger_id TEXT NOT NULL,
        outcome TEXT NOT NULL,
        first INTEGER NOT NULL,
        instant INTEGER NOT NULL,
        count INTEGER NOT NULL,
        reason TEXT NOT NULL,
        noted_at INTEGER NOT NULL,
        PRIMARY KEY (process, seq)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX read_occurrences_instant ON read_occurrences (instant);
      CREATE INDEX read_trigger_events_cron ON read_trigger_events (accepted_at) WHERE kind = 'cron';
    `,
  },
  {
    title: 'which event an ended one was delivered again as',
    sql: `
      ALTER TABLE read_trigger_events ADD COLUMN redelivered_as TEXT;
    `,
  },
  {
    title: 'the planned instant of each event of a schedule',
    sql: `
      ALTER TABLE read_trigger_events ADD COLUMN instant INTEGER;
      CREATE INDEX read_trigger_events_instant ON read_trigger_events (instant) WHERE instant IS NOT NULL;
    `,
  },
  {
    title: 'long-term memory',
    sql: `
      CREATE TABLE memories (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        space TEXT NOT NULL,
        key TEXT NOT NULL,
        content TEXT NOT NULL,
        tags TEXT NOT NULL,
        at INTEGER NOT NULL,
        provenance TEXT NOT NULL,
        UNIQUE (space, key)
      ) STRICT;
      CREATE INDEX memories_space ON memories (space, id);
      CREATE VIRTUAL TABLE memory_words USING fts5 (
        space, content, tags, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
      );
      CREATE TABLE memory_vectors (
        id INTEGER PRIMARY KEY,
        embedder TEXT NOT NULL,
        vector BLOB NOT NULL
      ) STRICT;
    `,
  },
  {
    title: 'read models: what people wrote to processes',
    sql: `
      CREATE TABLE read_letters (
        id TEXT PRIMARY KEY,
        process TEXT NOT NULL,
        type TEXT NOT NULL,
        priority TEXT NOT NULL,
        content TEXT NOT NULL,
        sticky INTEGER NOT NULL,
        sender TEXT NOT NULL,
        state TEXT NOT NULL,
        runs TEXT NOT NULL DEFAULT '',
        event_id TEXT,
        answer TEXT,
        reason TEXT,
        at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        ended_at INTEGER
      ) STRICT;
      CREATE INDEX read_letters_process ON read_letters (process, id);
      CREATE INDEX read_letters_waiting ON read_letters (process) WHERE state = 'waiting';
      CREATE INDEX read_letters_event ON read_letters (event_id) WHERE event_id IS NOT NULL;
    `,
  },
  {
    title: 'who owns which process: what the hub of a cluster decides by, and what each journal refuses by',
    sql: `
      -- Not in streams: a process can be fenced before it has an entry here.
      CREATE TABLE journal_fences (
        process TEXT PRIMARY KEY,
        epoch INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE leases (
        process TEXT PRIMARY KEY,
        epoch INTEGER NOT NULL,
        owner TEXT,
        session TEXT,
        failover TEXT NOT NULL,
        renewed_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        reserved_for TEXT,
        head_seq INTEGER,
        head_hash TEXT,
        forgotten INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    title: 'how far the read models are with a journal that is kept elsewhere',
    sql: `
      CREATE TABLE read_followed (
        process TEXT PRIMARY KEY,
        seq INTEGER NOT NULL,
        hash TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    title: 'what people wrote about runs, what runs came to, and inbox items that are out of the way',
    sql: `
      ALTER TABLE read_runs ADD COLUMN note TEXT;
      ALTER TABLE read_runs ADD COLUMN gist TEXT;
      CREATE INDEX read_runs_noted ON read_runs (id) WHERE note IS NOT NULL;
      ALTER TABLE read_inbox ADD COLUMN snoozed_until INTEGER;
    `,
  },
  {
    title: 'read models: what people are told of failures, missed times and results',
    sql: `
      -- about: which of its kind it is, one open row each; left out where somebody waits for an answer.
      ALTER TABLE read_inbox ADD COLUMN about TEXT;
      ALTER TABLE read_inbox ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
      ALTER TABLE read_inbox ADD COLUMN latest_at INTEGER;
      ALTER TABLE read_inbox ADD COLUMN opened_seq INTEGER;
      CREATE INDEX read_inbox_run ON read_inbox (run_id);
      CREATE INDEX read_inbox_reports ON read_inbox (process, kind, about) WHERE answered_at IS NULL AND about IS NOT NULL;
      CREATE INDEX read_inbox_open_kinds ON read_inbox (kind, id) WHERE answered_at IS NULL;
      -- failure: what the inbox says of an event that ended badly, until somebody has dealt with it.
      ALTER TABLE read_trigger_events ADD COLUMN failure TEXT;
      CREATE INDEX read_trigger_events_failure ON read_trigger_events (process, failure, id) WHERE failure IS NOT NULL;
    `,
  },
  {
    title: 'which runs found nothing to do',
    sql: `
      -- Left out for runs that have not ended, and for those whose journal is kept elsewhere: their entry says it.
      ALTER TABLE read_runs ADD COLUMN idle INTEGER;
      UPDATE read_runs SET idle = (
        SELECT coalesce(json_extract(journal.body, '$.idle'), 0)
        FROM streams JOIN journal ON journal.id = streams.id * 17179869184 + read_runs.settled_seq
        WHERE streams.name = read_runs.process AND json_valid(journal.body)
      ) WHERE settled_seq IS NOT NULL;
    `,
  },
  {
    title: 'no indexes that no list is read by: each event and run paid for them several times',
    sql: `
      DROP INDEX read_trigger_events_open;
      DROP INDEX read_trigger_events_cron;
      DROP INDEX read_runs_state;
      DROP INDEX read_messages_open;
    `,
  },
];

/** The tables that are made from the journal and can be made again. */
export const readModelTables = [
  'read_trigger_events',
  'read_runs',
  'read_steps',
  'read_bus_events',
  'read_inbox',
  'read_messages',
  'read_occurrences',
  'read_letters',
] as const;
