import { expect, test } from 'vitest';
import { askFolder } from '../../../src/main/desktop/ask-folder.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { caughtLater } from '../../world/caught.ts';

const twice = new RuntimeError('FOLDER_COPIED', 'It runs elsewhere. Start with --folder-is copy, or moved.');

function dialog(response: number) {
  const asked: { detail?: string; buttons?: string[] }[] = [];
  const showMessageBox = async (box: (typeof asked)[number]) => {
    asked.push(box);
    return { response, checkboxChecked: false };
  };
  return { asked, showMessageBox: showMessageBox as never };
}

test.each([
  [0, 'copy'],
  [1, 'moved'],
])('button %i says of a folder that stands twice: %s', async (response, says) => {
  const box = dialog(response);
  expect(await askFolder(box, twice)).toBe(says);
  expect(box.asked[0]?.detail).toMatch(/^It runs elsewhere\.\n\nA copy becomes/);
});

test('who quits is told what was the matter, and other troubles are no question', async () => {
  expect(await caughtLater(askFolder(dialog(2), twice))).toBe(twice);
  const full = new RuntimeError('DISK_FULL', 'No room.');
  const box = dialog(0);
  expect(await caughtLater(askFolder(box, full))).toBe(full);
  expect(box.asked).toEqual([]);
});
