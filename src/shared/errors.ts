import { isJsonObject, type JsonObject } from './json.ts';

interface CodeMeaning {
  /** HTTP status of a reply that carries this code. */
  status: number;
  /** Whether the same request may succeed later without being changed. */
  retryable: boolean;
  /** What a person can do about it: one sentence. */
  hint: string;
}

const code = (status: number, hint: string, retryable = false): CodeMeaning => ({ status, retryable, hint });

/**
 * Every failure the runtime can report. The code is what windows, scripts and other nodes act on; messages are for
 * people and may change. `docs/reference/errors.md` is generated from this table.
 */
export const errorCodes = {
  // requests
  REQUEST_INVALID: code(422, 'Compare the request with the API reference.'),
  UNKNOWN_FIELD: code(422, 'Remove the field, or use the nearest known one named in the message.'),
  JSON_INVALID: code(400, 'Send one well-formed JSON value.'),
  JSON_DUPLICATE_KEY: code(400, 'Name each key once.'),
  JSON_TOO_COMPLEX: code(400, 'Send a flatter or smaller JSON value.'),
  TEXT_INVALID: code(400, 'Send valid UTF-8 without NUL characters.'),
  CONTENT_TYPE: code(415, 'Use application/json.'),
  BODY_TOO_LARGE: code(413, 'Send a smaller body.'),
  METHOD_NOT_ALLOWED: code(405, 'Use one of the methods in the Allow header.'),
  ROUTE_NOT_FOUND: code(404, 'See the API reference for the routes.'),
  HOST_NOT_ALLOWED: code(421, 'This API answers only to the names it listens on, such as localhost.'),
  ORIGIN_NOT_ALLOWED: code(403, 'Pages of other origins may not call this API.'),
  TOKEN_MISSING: code(401, 'Send "Authorization: Bearer …"; `agent-runtime token` prints it.'),
  TOKEN_INVALID: code(401, 'Read the token again; it may have been rotated.'),
  SCOPE_REQUIRED: code(403, 'Use a token that carries the scope.'),
  RATE_LIMITED: code(429, 'Wait as long as Retry-After says.', true),
  LOGIN_CODE_INVALID: code(401, 'Open the address that the start printed again; each code works once.'),
  REQUEST_MALFORMED: code(400, 'Send one well-formed HTTP request at a time.'),
  REQUEST_TIMED_OUT: code(408, 'Send the whole request sooner.', true),
  URL_TOO_LONG: code(414, 'Keep the address under 8 KB; put what is long into the body.'),
  HEADERS_TOO_LARGE: code(431, 'Keep all headers together under 16 KB.'),
  TOO_MANY_CONNECTIONS: code(503, 'Close connections that are not used, and try again.', true),
  PORT_TAKEN: code(409, 'Choose another port, or stop the program that has it.'),

  // processes
  PROCESS_NOT_FOUND: code(404, 'List the processes to see the names in use.'),
  NOT_KNOWN_YET: code(
    503,
    'An agent is on its way between two nodes or being taken up, or a node that may have it does not answer. Ask again in a moment.',
    true,
  ),
  NAME_TAKEN: code(409, 'Choose another name, or update the process that has it.'),
  NAME_INVALID: code(422, 'Use a letter, then letters, digits, "_" or "-"; at most 64.'),
  TRANSITION_REFUSED: code(409, 'Look at the state the process is in; the message names what it may become.'),
  VERSION_CONFLICT: code(409, 'Read it again and repeat the change on what is there now.', true),
  VERSION_FAILED: code(500, 'Compare the version with the one before it; what the agent made of itself is taken back.'),
  VERSION_NOT_FOUND: code(404, 'List the versions of the process.'),
  TRIGGER_NOT_FOUND: code(404, 'List the triggers of the process.'),
  TRIGGER_EVENT_NOT_FOUND: code(404, 'List the trigger events of the process.'),
  TRIGGER_EVENT_ENDED: code(409, 'It has ended already; redeliver it to have it run again.'),
  TRIGGER_EVENT_NOT_MOVABLE: code(
    409,
    'Only an event that somebody set for a time, and that has not begun, can be moved; the message says what this one waits for.',
  ),
  RUN_NOT_FOUND: code(404, 'List the runs of the process.'),
  RUN_ENDED: code(409, 'It has ended already.'),
  RUN_CANCELLED: code(409, 'A person or a policy cancelled it.'),
  RUN_DIVERGED: code(409, 'The script or definition no longer does what the recorded steps say; redeliver the event.'),
  QUEUE_FULL: code(429, 'Wait until the process has caught up, or raise its limits.', true),
  LIMIT_STEPS: code(429, 'Raise max_steps, or let the agent do less in one run.'),
  LIMIT_TURNS: code(429, 'Raise max_turns, or let the agent do less in one run.'),
  RUN_TIMED_OUT: code(504, 'Raise max_invocation_time, or let the agent do less in one run.', true),
  STEP_TIMED_OUT: code(504, 'The call had no answer before its deadline.', true),

  // manifests
  MANIFEST_INVALID: code(422, 'Correct the lines named in the message.'),
  MANIFEST_NOT_FOUND: code(404, 'Check the path; it must be a .agent file or a folder of them.'),
  TOO_MANY_MANIFESTS: code(422, 'Load at most 1,000 manifests at once.'),
  CRON_INVALID: code(422, 'Use five or six cron fields; the message names the wrong one.'),
  TZ_UNKNOWN: code(422, 'Use an IANA zone such as Europe/Berlin.'),
  FILTER_INVALID: code(422, 'Correct the expression at the place named.'),
  PATTERN_UNSAFE: code(422, 'Use a shorter or simpler pattern.'),
  SECRET_TOO_WEAK: code(422, 'Use at least 24 random bytes.'),
  WATCH_TOO_BROAD: code(422, 'Watch a narrower folder.'),
  TEMPLATE_NOT_FOUND: code(404, 'List the templates to see their names.'),

  // webhooks
  HOOK_NOT_READY: code(
    503,
    'The process is being taken up, or cannot be; what it is shown as says which. Send it again.',
    true,
  ),
  HOOK_NOT_FOUND: code(404, 'Check the process name and the path of the webhook trigger.'),
  SIGNATURE_INVALID: code(401, 'Sign the raw body with the secret of the trigger.'),
  SIGNATURE_SCHEME: code(401, 'Sign with HMAC-SHA256; SHA-1 is not taken.'),
  SOURCE_NOT_ALLOWED: code(403, 'The sender is not on the source list of the trigger.'),

  // agents, models, tools
  AGENT_INVALID: code(422, 'Give the process a model, or `model: script` with a script.'),
  SCRIPT_INVALID: code(422, 'Write `export default async function run(event, agent) { … }`.'),
  SCRIPT_FAILED: code(500, 'Read the message and the line of the script it names.'),
  SCRIPT_LIMIT: code(500, 'The script used more time or memory than it may.'),
  SANDBOX_CRASHED: code(500, 'The sandbox ended while the script ran; the run goes on in a new one.', true),
  MODEL_UNKNOWN: code(422, 'Use provider:model, such as openai:gpt-5-mini.'),
  MODEL_KEY_MISSING: code(422, 'Set the key that the message names.'),
  MODEL_UNREACHABLE: code(502, 'Check the address and that the server runs.', true),
  MODEL_REFUSED: code(502, 'The provider refused the request; its words are in the message.'),
  MODEL_RATE_LIMITED: code(429, 'The provider asks for patience.', true),
  MODEL_ANSWER_INVALID: code(502, 'The answer of the model could not be used.', true),
  MODEL_TIMED_OUT: code(504, 'The model gave no answer in time.', true),
  TOOL_UNKNOWN: code(422, 'Use one of the tools named in the message.'),
  TOOL_ARGS_INVALID: code(422, 'Give the arguments that the schema of the tool asks for.'),
  CONFIRMATION_NEEDED: code(409, 'Send it again with confirm: true if you want it to happen.'),
  TOOL_FAILED: code(502, 'The tool reported an error; its words are in the message.'),
  TOOL_RESULT_TOO_LARGE: code(502, 'Ask the tool for less.'),
  POLICY_EGRESS_DENIED: code(403, 'List the host in tools.http_fetch.allow_hosts if the agent may call it.'),
  FETCH_FAILED: code(502, 'The request had no usable answer.', true),
  FETCH_LIMIT: code(502, 'The answer was too large or too slow.'),
  PATH_NOT_ALLOWED: code(403, 'Use a path inside one of the mounts.'),
  PATH_NOT_FOUND: code(404, 'List the files to see what is there.'),
  MOUNT_READ_ONLY: code(403, 'Mount the folder with mode read_write if the agent may write.'),
  FILE_TOO_LARGE: code(413, 'Read or write less at once.'),

  // context
  CONTEXT_KEY_NOT_FOUND: code(404, 'List the context to see its keys.'),
  CONTEXT_KEY_NOT_WRITABLE: code(403, 'Add the key to context.writable_keys if the agent may write it.'),
  CONTEXT_KEY_LOCKED: code(403, 'A person locked this key; unlock it if the agent may write it.'),
  CONTEXT_KEY_NOT_LOCKED: code(404, 'Read the context to see which keys are locked.'),
  CONTEXT_TOO_LARGE: code(422, 'Keep keys under 256 bytes, values under 256 KB and the whole under 8 MB.'),
  CONTEXT_CONFLICT: code(409, 'Look at what both runs wrote; deliver the event again if its work is still wanted.'),
  MEMORY_NOT_FOUND: code(404, 'Search or list the memories to see their ids.'),
  RECEIPT_NOT_FOUND: code(404, 'List what was forgotten to see the ids of its receipts.'),
  MEMORY_TOO_LARGE: code(422, 'Keep a memory under 20,000 characters, with at most 20 tags.'),
  MEMORY_UNAVAILABLE: code(502, 'Check that the memory server or the embedder named in the message runs.', true),

  // governance
  PART_LOCKED: code(403, 'Take the part out of open_mode.locked if the agent may change it.'),
  SPAWN_LIMIT: code(429, 'Raise the limit of open_mode that the message names, or let the agent start fewer others.'),
  NAME_CONFUSABLE: code(422, 'Take a name of its own, in plain letters, that looks like no other.'),
  LLM_BAD_TOOL_ARGS: code(422, 'The model writes no JSON for its tool calls; take another model.'),
  HEALTH_LOOP: code(409, 'Look at what the agent repeats; change it, or raise the thresholds of health.'),
  ROLE_REQUIRED: code(403, 'Give the node a role there that allows it (`cluster role`).'),
  LIMIT_OPEN_MODE: code(429, 'Raise the limit of open_mode that the message names, or take something out.'),
  POLICY_REFUSED: code(403, 'A limit of the process does not allow it.'),
  MISSION_COMPLETED: code(409, 'Nothing is left to do; give it another mission, or start it again.'),
  BUDGET_EXCEEDED: code(429, 'Raise the budget, top it up, or wait for the daily reset.', true),
  APPROVAL_REQUIRED: code(403, 'A person must approve it first.'),
  APPROVAL_DENIED: code(403, 'A person denied it.'),
  INBOX_ITEM_NOT_FOUND: code(404, 'List the inbox to see what waits.'),
  INBOX_ITEM_ANSWERED: code(409, 'It has been answered already.'),
  SECRET_NOT_FOUND: code(404, 'List the secrets to see their names.'),
  HOOK_FAILED: code(500, 'Correct the hook that the message names; it must write one JSON object, or nothing.'),
  HOOK_BLOCKED: code(403, 'A hook of the process does not allow it; its reason is in the message.'),

  // storage and node
  JOURNAL_CORRUPT: code(500, 'Restore a backup, accept the loss named in the message, or open it read-only.'),
  JOURNAL_ROLLBACK: code(500, 'The journal is older than what was seen before: restore, or accept the loss.'),
  JOURNAL_TOO_NEW: code(500, 'Start a newer Agent Runtime on this data folder.'),
  JOURNAL_CLOSED: code(503, 'The node is closing.', true),
  JOURNAL_KEY_TAKEN: code(409, 'It was accepted before: look for the entry that has the key.'),
  STALE_EPOCH: code(409, 'Another node owns this process now.'),
  LEASE_LOST: code(
    409,
    'Another node may own this process now; it goes on there, or here when the lease is back.',
    true,
  ),
  PEER_UNKNOWN: code(404, 'Pair with the node first; `cluster` lists those it knows.'),
  PEER_UNREACHABLE: code(503, 'Check that the node runs and that the network lets it through.', true),
  PEER_REFUSED: code(403, 'Ask on that node itself; if it does not know this one, pair with it again.'),
  CLUSTER_OFF: code(409, 'Create a cluster here, or pair with the hub of one.'),
  CLUSTER_JOINED: code(409, 'Leave the cluster this node is in first.'),
  HUB_ONLY: code(409, 'Ask the hub of the cluster; `cluster` names it.'),
  PAIRING_CODE_INVALID: code(403, 'Type the code that is shown there now; each lives for two minutes.'),
  PAIRING_LOCKED: code(429, 'Wait as long as the message says, then have a new code shown.', true),
  PAIRING_NOT_FOUND: code(404, 'Look at the pairings of `cluster`; they end after three minutes.'),
  PAIRING_FAILED: code(502, 'Have a new code shown there, and try again.'),
  WINDOW_OFF: code(
    409,
    'Turn on the window for other devices first: Settings > Network, or `agent-runtime window on`.',
  ),
  DEVICE_UNKNOWN: code(
    401,
    'Have a code shown at the computer (Settings > Network) and open its address on this device.',
  ),
  DEVICE_WAITING: code(403, 'Confirm the device at the computer itself, where the same words are shown.', true),
  DEVICE_MAY_NOT: code(403, 'Do it at the computer itself; or pair the device again, for more.'),
  DEVICE_NOT_FOUND: code(404, 'Look at the devices of `agent-runtime window`; requests end after three minutes.'),
  FOLDER_COPIED: code(409, 'Say what this folder is: --folder-is copy, or --folder-is moved.'),
  NODE_ID_DUPLICATE: code(
    409,
    'Give the copy an identity of its own (`cluster renew` there), then accept the node again.',
  ),
  PROCESS_ON_SEVERAL: code(409, 'Say which node you mean.'),
  PEER_BACKLOG_FULL: code(
    429,
    'Bring the node back that the message names, or remove it from the cluster; nothing was dropped.',
    true,
  ),
  CLUSTER_BUSY: code(
    429,
    'Nothing was dropped: the rest is brought as fast as the cluster takes it. `cluster migrate --to postgres://…` is the way beyond.',
    true,
  ),
  CLUSTER_FULL: code(409, 'Delete what is not needed, or move on to a database: `cluster migrate --to postgres://…`.'),
  CHAIN_INVALID: code(
    422,
    'The journal that was sent is not the one it claims to follow; look at the node it came from.',
  ),
  PLACEMENT_REFUSED: code(409, 'Choose another node, or give that one what the message says it lacks.'),
  MOVE_FAILED: code(503, 'The process goes on where the message says; try again when both nodes answer.', true),
  BRANCH_NOT_FOUND: code(404, 'List the branches to see which there are.'),
  JOURNAL_SHARED: code(409, 'Use one AgentProcess per journal and name; stop the other one.'),
  DISK_FULL: code(507, 'Free some space; work resumes by itself.', true),
  DATABASE_UNREACHABLE: code(
    503,
    'Check that the PostgreSQL server runs and can be reached; work goes on by itself when it answers.',
    true,
  ),
  DATABASE_REFUSED: code(500, 'Correct the address, the user or the setting of the database that the message names.'),
  DATA_DIR_UNSAFE: code(500, 'Use a local folder that only you can read and write; the message names the command.'),
  HOST_ALREADY_RUNNING: code(409, 'Use the node that runs, or another data folder.'),
  NODE_CLOSING: code(503, 'The node is closing.', true),
  NODE_VERSION: code(500, 'Run it with Node 24.'),
  NOT_SUPPORTED: code(501, 'This node was started without the part that does this.'),
  NATIVE_CHANGED: code(500, 'Install Agent Runtime again from where you got it.'),
  SYSTEM_REFUSED: code(502, 'Look at what the system said; --print shows what it was told, for doing it by hand.'),
  KEYCHAIN_UNAVAILABLE: code(501, 'Protect the secrets with a passphrase or a key file instead.'),
  INTERNAL: code(500, 'A bug in the runtime: please report it with the log entry named by errorId.', true),
  STREAM_NOT_READ: code(408, 'Read the stream as it comes; connect again with the last id to go on.', true),
  NODE_UNREACHABLE: code(503, 'Check that the node runs; whoever watches it connects again by itself.', true),
  PATH_SYMLINK: code(403, 'Use the file or folder that the link leads to, by its own path inside a mount.'),
  TOOL_CHANGED: code(403, 'Compare the tool with what was approved, and approve it again if it is as it should be.'),
  MCP_UNAVAILABLE: code(502, 'Look at the last error and the log of the server in the catalogue.', true),
  MCP_SIGN_IN: code(401, 'Open the link that the message names, or ask for a new one in the catalogue.'),
  MCP_TIMEOUT: code(504, 'Look at the log of the server; it may hang or need longer.', true),
  MCP_PROTOCOL_ERROR: code(502, 'What answers is not a working MCP server; look at its log.'),
  CLOCK_SUSPECT: code(409, 'Set the clock of the computer; or, if it is right, say so with trust-clock.'),
  MCP_TASK_GONE: code(502, 'Look at the other side whether the call took place, and answer the question in the inbox.'),
  INSTALL_LINK_REFUSED: code(422, 'Ask whoever gave you the link, or add the server by hand.'),
  MCP_COMMAND_REFUSED: code(422, 'Correct the command of the server as the message says.'),
  INBOX_CLOSED: code(409, 'Set inbox.enabled, or start the process; the message says which.'),
  MESSAGE_NOT_FOUND: code(404, 'List the messages to see which there are.'),
  MESSAGE_HANDED: code(409, 'Cancel the trigger event of the process that has it, or wait for its end.'),
  SECRET_EXPIRED: code(403, 'Set the secret anew; its time was over.'),
} as const satisfies Record<string, CodeMeaning>;

export type ErrorCode = keyof typeof errorCodes;

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value);
}

/** What another process, node or page sees of an error. */
export interface WireError {
  code: ErrorCode;
  message: string;
  details: JsonObject;
}

/**
 * Any failure the runtime reports on purpose. `message` is one sentence for a person that names the thing and, where
 * the input was wrong, says what would be right; `details` is for programs and must hold no secret.
 */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code: ErrorCode;
  readonly details: JsonObject;

  constructor(code: ErrorCode, message: string, details: JsonObject = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.details = details;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}

/** Anything thrown → what the other side may see. The text of an error without a code is a bug's and stays here. */
export function toWire(thrown: unknown): WireError {
  if (thrown instanceof RuntimeError) return { code: thrown.code, message: thrown.message, details: thrown.details };
  return { code: 'INTERNAL', message: 'The runtime failed unexpectedly.', details: {} };
}

/** Rebuilds an error on the receiving side; whatever is not of the expected shape becomes INTERNAL. */
export function fromWire(wire: unknown): RuntimeError {
  if (isJsonObject(wire) && isErrorCode(wire['code'])) {
    const details = wire['details'];
    return new RuntimeError(
      wire['code'],
      String(wire['message'] ?? wire['detail'] ?? ''),
      isJsonObject(details) ? details : {},
    );
  }
  return new RuntimeError('INTERNAL', 'The other side sent an error that cannot be read.');
}

/** Any thrown thing as an Error, so that its text and stack can be logged. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
