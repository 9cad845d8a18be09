/** What a person says of a data folder that stands twice: the original in another place, or a copy of it. */
export type FolderIs = 'moved' | 'copy';
