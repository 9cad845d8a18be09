const show = () => {
  document.querySelector('#route').textContent = location.hash.slice(1) || 'none';
};
globalThis.loadedAt = performance.timeOrigin;
addEventListener('hashchange', show);
show();
