import {event} from '../../config-objects/kinds/event.js'
import type {EventDocument} from './index.js'
import {objectFromFile} from '../object-file.js'

/**
 * An event handler of a file in our keys or those of the original, with variables filled in.
 * @param variables `name=value`
 * @throws PiError INVALID_INPUT
 */
export function eventFromFile(text: string, variables: readonly string[]): Partial<EventDocument> {
  const {id: _id, name: _name, ...document} = objectFromFile(text, variables, 'event handler')
  if (!Object.hasOwn(document, 'handlermodule')) return document as Partial<EventDocument>
  return event.fromOriginal(document, 'event').document as EventDocument
}
