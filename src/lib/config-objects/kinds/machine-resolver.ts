import {namedSettings} from '../shared/named-settings.js'
import {requiredText, texts} from '../shared/text.js'

/** Machine resolvers: lists of computers that tokens are attached to. */
export const machineResolver = namedSettings({
  kind: 'machine-resolver',
  exportKey: 'machineresolver',
  exportShape: 'mapping',
  table: 'machineresolver',
  typeColumn: 'rtype',
  settings: {owner: 'resolver_id', table: 'machineresolverconfig'},
  bumpsTimestamp: false,
  isSecret: (key) => key === 'BINDPW',
  toOriginal: (name, {settings, type}) => ({resolvername: name, type, data: settings}),
  fromOriginal: (element, key) => ({
    name: key ?? requiredText(element, 'resolvername', 'machine resolver'),
    document: {settings: texts(element['data']), type: requiredText(element, 'type', 'machine resolver')},
  }),
})
