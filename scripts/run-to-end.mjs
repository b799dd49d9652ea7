import { spawn } from 'node:child_process';

/**
 * Runs a program with our own terminal and answers its exit code. Ctrl-C reaches it through the terminal's
 * process group; we only stay alive until it has cleaned up. A TERM sent to us alone is passed on.
 */
export function runToEnd(command, args, { env = process.env, cwd = process.cwd() } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env, cwd });
    const stayForChild = () => {};
    const passOn = (signal) => child.kill(signal);
    process.on('SIGINT', stayForChild);
    process.on('SIGTERM', passOn);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', stayForChild);
      process.off('SIGTERM', passOn);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}
