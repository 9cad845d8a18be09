import { asError, RuntimeError } from '../../shared/errors.ts';
import type { FolderIs } from '../../shared/folder-is.ts';
import type { ElectronParts } from './electron-parts.ts';

const answers: readonly FolderIs[] = ['copy', 'moved'];

/** Asks what a data folder is that stands twice. @throws `thrown` itself where it is about something else, or nobody says. */
export async function askFolder(
  dialog: Pick<ElectronParts['dialog'], 'showMessageBox'>,
  thrown: unknown,
): Promise<FolderIs> {
  if (!(thrown instanceof RuntimeError) || thrown.code !== 'FOLDER_COPIED') throw thrown;
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: 'The data of this node stands in two places.',
    detail: `${asError(thrown).message.replace(/ Start with --folder-is.*/, '')}\n\nA copy becomes a node of its own, and none of its agents runs before you say so.`,
    buttons: ['This is a copy', 'It was moved here', 'Quit'],
    defaultId: 2,
    cancelId: 2,
  });
  const answer = answers[response];
  if (!answer) throw thrown;
  return answer;
}
