import type {Settings} from '../lib/config/settings.js'
import type {RotationPorts} from '../lib/services/key-rotation/run.js'
import {makeKeys} from './key-maker.js'
import {remembering} from './password.js'
import {openModuleRef, type RotationSources} from './registry.js'

/** How a key rotation opens modules and makes keys. */
export function rotationPorts(
  settings: Settings,
  {askNewPassword, ...given}: RotationSources,
): Pick<RotationPorts, 'openModule' | 'makeKeys'> {
  const {askPassword: askOnce} = remembering({askPassword: askNewPassword})
  const sources: RotationSources = {...remembering(given), askNewPassword: askOnce}
  return {
    openModule: (ref) => openModuleRef(ref, settings, sources),
    makeKeys: (making, to, attributes) => makeKeys(making, to, attributes, {settings, sources}),
  }
}
