import {parse} from 'yaml'
import {z} from 'zod'
import {PiError, reasonOf} from '../../../errors.js'

/** A number of days may stand there as text. */
const template = z.object({
  days: z.coerce.number().int().positive().optional(),
  extensions: z.string().optional(),
})

/**
 * The template file of a CA: names with `days` and `extensions` (a section of the openssl configuration).
 * @throws PiError CONFIG naming the template
 */
export function parseTemplates(text: string, file: string): Map<string, {days?: number; extensions?: string}> {
  let content: unknown
  try {
    content = parse(text)
  } catch (error) {
    throw new PiError('CONFIG', `The templates in ${file} are no YAML: ${reasonOf(error).split('\n')[0]}`)
  }
  if (content === null || content === undefined) return new Map()
  const entries = z.record(z.string(), z.unknown()).safeParse(content)
  if (!entries.success) throw new PiError('CONFIG', `The templates in ${file} are no mapping of names.`)
  return new Map(
    Object.entries(entries.data).map(([name, given]) => {
      const read = template.safeParse(given ?? {})
      if (!read.success) {
        throw new PiError('CONFIG', `The template '${name}' in ${file} is not valid: it can have days and extensions.`)
      }
      const {days, extensions} = read.data
      return [name, {...(days !== undefined && {days}), ...(extensions !== undefined && {extensions})}]
    }),
  )
}
