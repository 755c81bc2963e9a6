import {LayeredSettings} from '../../src/lib/config/settings-impl.js'
import type {Settings, SettingValue} from '../../src/lib/config/settings.js'

/** Settings as a configuration file would give them, under the names of privacyIDEA. */
export function settingsOf(values: Record<string, SettingValue>, {file}: {file?: string} = {}): Settings {
  return new LayeredSettings({
    cwd: '/',
    file,
    places: [],
    product: 'privacyidea',
    sources: [{description: 'the test', get: (key) => values[key], keys: () => Object.keys(values)}],
  })
}
