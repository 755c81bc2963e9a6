import type {Hook} from '@oclif/core'
import {PiError} from '../../lib/errors.js'
import {nearest} from '../nearest.js'

/** An unknown command ends with status 2 and, where there is one, the command that was probably meant. */
const commandNotFound: Hook<'command_not_found'> = async ({config, id}) => {
  const words = id.split(':')
  const typed = words.join(' ')
  // oclif takes words behind a command without arguments for more of its name.
  for (let length = words.length - 1; length > 0; length--) {
    const shorter = words.slice(0, length)
    if (!config.findCommand(shorter.join(':'))) continue
    throw new PiError('USAGE', `'${shorter.join(' ')}' takes no such argument: ${words.slice(length).join(' ')}`, {
      hints: [`See ${config.bin} ${shorter.join(' ')} --help`],
    })
  }
  const known = config.commands.filter((command) => !command.hidden).map((command) => command.id.replaceAll(':', ' '))
  const meant = nearest(typed, known)
  throw new PiError('USAGE', `There is no command '${typed}'.`, {
    hints: [meant ? `Did you mean: ${config.bin} ${meant}` : `See ${config.bin} --help`],
  })
}

export default commandNotFound
