// Loaded before the app (`electron -r`): keeps what the app shows outside its windows, where tests cannot look, and
// answers dialogs. Works the same with Electron and with the stand-in.
const { dialog, Notification, shell, Tray } = require('electron');

const recorded = {
  ...{ trayMenu: null, trayToolTip: '', trayImages: 0, notifications: [], dialogs: [], opened: [], shown: [] },
  ...{ answer: 0, files: [] },
};
globalThis.recorded = recorded;

const { setContextMenu, setImage, setToolTip } = Tray.prototype;
Tray.prototype.setImage = function (image) {
  recorded.trayImages++;
  return setImage.call(this, image);
};
Tray.prototype.setContextMenu = function (menu) {
  recorded.trayMenu = menu;
  return setContextMenu.call(this, menu);
};
Tray.prototype.setToolTip = function (text) {
  recorded.trayToolTip = text;
  return setToolTip.call(this, text);
};

const { show } = Notification.prototype;
Notification.prototype.show = function () {
  recorded.notifications.push(this);
  return show.call(this);
};

dialog.showMessageBox = async (...args) => {
  recorded.dialogs.push(args.at(-1));
  return { response: recorded.answer, checkboxChecked: false };
};
dialog.showOpenDialog = async () => ({ canceled: recorded.files.length === 0, filePaths: recorded.files });
dialog.showSaveDialog = async () => ({ canceled: recorded.files.length === 0, filePath: recorded.files[0] ?? '' });
dialog.showErrorBox = (message, detail) => recorded.dialogs.push({ type: 'error', message, detail });
shell.showItemInFolder = (path) => recorded.shown.push(path);
shell.openExternal = async (url) => {
  recorded.opened.push(url);
};
