import {erased, type AnyConfigKind} from './contract.js'
import {caConnector} from './kinds/ca-connector.js'
import {event} from './kinds/event.js'
import {machineResolver} from './kinds/machine-resolver.js'
import {serviceId, tokenGroup} from './kinds/named-things.js'
import {periodicTask} from './kinds/periodic-task.js'
import {policy} from './kinds/policy.js'
import {radiusServer} from './kinds/radius-server.js'
import {realm} from './kinds/realm.js'
import {remoteServer} from './kinds/remote-server.js'
import {resolver} from './kinds/resolver.js'
import {setting} from './kinds/setting.js'
import {smsGateway} from './kinds/sms-gateway.js'
import {smtpServer} from './kinds/smtp-server.js'

/** Every type of configuration object, in the order in which they are written. */
export const configKinds: readonly AnyConfigKind[] = [
  erased(resolver),
  erased(realm),
  erased(tokenGroup),
  erased(serviceId),
  erased(smtpServer),
  erased(radiusServer),
  erased(remoteServer),
  erased(smsGateway),
  erased(caConnector),
  erased(machineResolver),
  erased(setting),
  erased(policy),
  erased(event),
  erased(periodicTask),
].sort((a, b) => a.order - b.order)

/** The kind of that name, under our word or the originals'. */
export function findConfigKind(name: string): AnyConfigKind | undefined {
  return configKinds.find((kind) => [kind.kind, kind.exportKey, kind.eduMfaExportKey].includes(name))
}
