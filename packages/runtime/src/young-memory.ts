import { setFlagsFromString } from 'node:v8';

// Nearly all that a start makes is there to stay, which V8 takes for a sign that this process needs much room for what is young:
// 16 MiB, of which it gives nothing back for as long as the process idles. So from here on until `letYoungMemoryGrow` that room stays
// as small as it begins. A bundle evaluates this file before all others.
setFlagsFromString('--semi-space-growth-factor=1');

/** The start is over: work may have the room that V8 wants for it. */
export function letYoungMemoryGrow(): void {
  setFlagsFromString('--semi-space-growth-factor=2'); // V8's own default
}
