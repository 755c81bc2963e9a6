import {Flags} from '@oclif/core'
import {writtenFormats} from '../../importers/writers/registry.js'

const group = 'EXPORT'

/** Where and how the action `export` of the token janitor writes. */
export const janitorExport = {
  format: Flags.option({
    options: writtenFormats,
    default: 'pskc' as const,
    description: 'format of the file; all but pskc hold the secrets in clear and need --plain',
    helpGroup: group,
  })(),
  output: Flags.string({
    aliases: ['file'],
    char: 'o',
    description: 'new file, readable by its owner only (default: standard output)',
    helpGroup: group,
    helpValue: 'FILE',
  }),
  keyfile: Flags.string({
    description: 'new file for the key that is made for the PSKC document, hex',
    helpGroup: group,
    helpValue: 'FILE',
  }),
  'preshared-key-file': Flags.string({
    description: 'file with the key to use instead, hex or base64',
    exclusive: ['keyfile'],
    helpGroup: group,
    helpValue: 'FILE',
  }),
  plain: Flags.boolean({description: 'write the secrets in clear', helpGroup: group}),
  owners: Flags.boolean({description: 'name the owners (OATH CSV, YAML)', helpGroup: group}),
  b32: Flags.boolean({description: 'seeds in base32 (OATH CSV, YAML)', helpGroup: group}),
}
