import {Args, Flags} from '@oclif/core'
import {objectSelection} from './objects.js'

/** The folder of a configuration tree. */
export const treeFolder = {
  folder: Args.string({description: 'folder as config dump writes it', ignoreStdin: true, required: true}),
}

/** Flags of the commands that compare a folder with the database. */
export const treeFlags = {
  types: objectSelection.types,
  prune: Flags.boolean({description: 'delete objects that this tree made and no longer has'}),
  'prune-all': Flags.boolean({
    description: 'delete every object of these types that the folder does not have',
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
