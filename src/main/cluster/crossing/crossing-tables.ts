import type { Migration } from '../../store/database.ts';

/**
 * What a node keeps of its dealings with others, in a file of its own beside the journal (`docs/decisions`): how far it
 * has come with each publisher, which processes live elsewhere, what it keeps for others.
 */
export const crossingMigrations: readonly Migration[] = [
  {
    title: 'what crosses nodes',
    sql: `
      -- How far this node has come with what a publisher told everyone.
      CREATE TABLE received (
        publisher TEXT PRIMARY KEY,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      -- How far each peer has come with publishers of this node, as it last said.
      CREATE TABLE sent (
        peer TEXT NOT NULL,
        publisher TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (peer, publisher)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE companions (
        node TEXT PRIMARY KEY,
        joined_at INTEGER NOT NULL,
        backlog_bytes INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID;
      -- Where processes live whose journal is, or was, in this node's store.
      CREATE TABLE homes (
        process TEXT PRIMARY KEY,
        place TEXT NOT NULL,
        node TEXT,
        epoch INTEGER NOT NULL,
        reason TEXT NOT NULL,
        since INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      -- Journals that are kept here for processes of other nodes.
      CREATE TABLE copies (
        process TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        mode TEXT NOT NULL,
        positions TEXT NOT NULL,
        noted_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      -- Webhooks for processes of other nodes that their owner does not have yet.
      CREATE TABLE hooks (
        id TEXT PRIMARY KEY,
        process TEXT NOT NULL,
        request TEXT NOT NULL,
        at INTEGER NOT NULL,
        bytes INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      -- What an owner wrote alone while another had taken over.
      CREATE TABLE branches (
        id TEXT PRIMARY KEY,
        process TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        after_seq INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        owner TEXT,
        found_at INTEGER NOT NULL,
        dismissed_at INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE branch_entries (
        branch TEXT NOT NULL,
        seq INTEGER NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (branch, seq)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    title: 'what agents miss that have not begun here yet',
    sql: `
      -- How far everyone here had come when a process could not begin with the others.
      CREATE TABLE late (
        process TEXT PRIMARY KEY,
        positions TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
];
