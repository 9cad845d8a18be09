import { contextBridge, ipcRenderer } from 'electron';
import { type Bridge, bridgeChannels } from '../shared/bridge.ts';

let watches = 0;

const bridge: Bridge = {
  call: (name, input, node) => ipcRenderer.invoke(bridgeChannels.call, name, input, node),
  watch(after, listener, node) {
    const id = ++watches;
    const hear = (_event: unknown, watch: number, notices: unknown[]) => {
      if (watch === id) for (const notice of notices) listener(notice);
    };
    ipcRenderer.on(bridgeChannels.notices, hear);
    ipcRenderer.send(bridgeChannels.watch, id, after, node);
    return () => {
      ipcRenderer.off(bridgeChannels.notices, hear);
      ipcRenderer.send(bridgeChannels.unwatch, id);
    };
  },
};

contextBridge.exposeInMainWorld('agentRuntime', bridge);
