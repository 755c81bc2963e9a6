import {accessSync, constants, existsSync, mkdirSync} from 'node:fs'
import {homedir} from 'node:os'
import {join, resolve} from 'node:path'

/**
 * Where the way back is written when nobody says: the state directory of the user (XDG_STATE_HOME, else
 * ~/.local/state), or the working directory where that cannot be made. Names hold the time and what was done.
 */
export function newUndoPlace(action: string, now: Date, env: NodeJS.ProcessEnv): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
  const state = env['XDG_STATE_HOME']
    ? resolve(env['XDG_STATE_HOME'])
    : join(env['HOME'] ?? homedir(), '.local', 'state')
  const folder = writableFolder(join(state, 'pi-manage', 'undo')) ?? process.cwd()
  // Two runs may begin in the same second.
  for (let number = 0; ; number++) {
    const file = join(folder, `janitor-${stamp}-${action}-${process.pid}${number === 0 ? '' : `-${number}`}.undo`)
    if (!existsSync(file)) return file
  }
}

function writableFolder(folder: string): string | undefined {
  try {
    mkdirSync(folder, {mode: 0o700, recursive: true})
    accessSync(folder, constants.W_OK)
    return folder
  } catch {
    return undefined
  }
}
