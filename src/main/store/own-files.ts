/** The one folder of a node's data that belongs to the person and their agents: what templates bring along lies there. */
export const ownFilesFolder = 'files';
