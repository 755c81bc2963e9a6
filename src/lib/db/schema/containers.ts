import {boolean, datetime, id, integer, optional, table, text, unique, varchar} from './table.js'

/** Token containers as 3.10.2 makes them (spec/01 §5.6). */
export const containerTables = [
  table(
    'tokencontainer',
    id(),
    varchar('type', 100, {notNull: true, default: 'Generic'}),
    optional('description', 1024),
    varchar('serial', 40, {notNull: true, default: '', uniqueIndex: true}),
    datetime('last_seen'),
    datetime('last_updated'),
  ),
  table(
    'tokencontainerinfo',
    id(),
    varchar('key', 255, {notNull: true}),
    text('value', {default: ''}),
    optional('type', 100),
    optional('description', 2000),
    integer('container_id', {references: 'tokencontainer.id', index: true}),
    unique('container_id_constraint', 'container_id', 'key'),
  ),
  table(
    'tokencontainerowner',
    id(),
    integer('container_id', {references: 'tokencontainer.id'}),
    optional('resolver', 120, {index: true}),
    optional('user_id', 320, {index: true}),
    integer('realm_id', {references: 'realm.id'}),
  ),
  table(
    'tokencontainerrealm',
    integer('container_id', {primaryKey: true, references: 'tokencontainer.id'}),
    integer('realm_id', {primaryKey: true, references: 'realm.id'}),
  ),
  table(
    'tokencontainerstates',
    id(),
    integer('container_id', {references: 'tokencontainer.id'}),
    varchar('state', 100, {notNull: true, default: 'active'}),
  ),
  table(
    'tokencontainertoken',
    integer('token_id', {primaryKey: true, references: 'token.id'}),
    integer('container_id', {primaryKey: true, references: 'tokencontainer.id'}),
  ),
]

/** Added by 3.11, with `tokencontainer.template_id`. */
export const containerTemplateTable = table(
  'tokencontainertemplate',
  id(),
  optional('options', 2000),
  optional('name', 200),
  varchar('container_type', 100, {notNull: true, default: 'generic'}),
  boolean('default', {notNull: true, default: false}),
)
