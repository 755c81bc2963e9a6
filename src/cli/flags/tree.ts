import {Args, Flags} from '@oclif/core'
import {openApp, type App} from '../../app.js'
import {PiError} from '../../lib/errors.js'
import type {TreeSource} from '../../lib/services/config-tree/source.js'
import {objectSelection} from './objects.js'

/** The folder of a configuration tree. */
export const treeFolder = {
  folder: Args.string({description: 'folder as config dump writes it', ignoreStdin: true}),
}

/** Flags of the commands that compare a folder or another installation with the database. */
export const treeFlags = {
  from: Flags.string({
    description: 'compare with the installation of this configuration file instead of a folder',
    helpValue: 'FILE',
  }),
  types: objectSelection.types,
  prune: Flags.boolean({description: 'delete objects that this tree made and no longer has'}),
  'prune-all': Flags.boolean({
    description: 'delete every object of these types that the source does not have',
    exclusive: ['prune'],
  }),
  tree: Flags.string({
    default: 'default',
    description: 'name of the tree, for sites kept by several',
    helpValue: 'NAME',
  }),
}

/** `prune` as the service takes it. */
export function pruneOf(flags: {prune: boolean; 'prune-all': boolean}): boolean | 'all' {
  return flags['prune-all'] ? 'all' : flags.prune
}

/**
 * Opens the source that a command names, for as long as `use` works.
 * @throws PiError USAGE unless there is exactly one of folder and `--from`
 */
export async function withSource<R>(
  app: App,
  {folder, from}: {folder: string | undefined; from: string | undefined},
  use: (source: TreeSource) => Promise<R>,
): Promise<R> {
  if ((folder === undefined) === (from === undefined)) {
    throw new PiError('USAGE', 'Name a folder, or another installation with --from.', {
      hints: ['Make a folder with pi-manage config dump'],
    })
  }
  if (folder !== undefined) return use({folder})
  // what the environment and the command line say of the database and the key belongs to the target
  const {PI_MANAGE_CONFIG: _c, PI_MANAGE_DB_URI: _d, PI_MANAGE_ENCKEY: _e, ...env} = app.options.env
  const other = await openApp({...app.options, configFile: from, databaseUri: undefined, enckeyFile: undefined, env})
  try {
    return await use({installation: await other.configObjects()})
  } finally {
    await other.close()
  }
}
