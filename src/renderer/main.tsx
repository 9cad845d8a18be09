import { z } from 'zod';

// The page may not make code from text. zod would try that for each object schema that is made, and the browser would
// note a violation; so this is said before any of our schemas is loaded.
z.config({ jitless: true });

const { openWindow } = await import('./open-window.tsx');
const place = document.getElementById('window');
if (place) await openWindow(place);
