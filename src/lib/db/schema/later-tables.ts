import {
  bigint,
  datetime,
  double,
  id,
  index,
  integer,
  json,
  now,
  optional,
  table,
  text,
  unique,
  uuid,
  varchar,
} from './table.js'

/** Tables that releases after 3.8 add, containers apart (spec/01 §5). */
export const serviceid = table(
  'serviceid',
  id('serviceid_seq'),
  varchar('name', 255, {notNull: true, default: '', unique: true}),
  optional('Description', 2000),
)

export const nodename = table(
  'nodename',
  varchar('id', 36, {primaryKey: true}),
  varchar('name', 100, {index: true}),
  datetime('lastseen', {default: now, index: true}),
)

export const description = table(
  'description',
  id('description_seq'),
  integer('object_id', {notNull: true, references: 'policy.id'}),
  varchar('object_type', 64, {notNull: true}),
  datetime('last_update', {default: now}),
  text('description'),
)

export const tokencredentialidhash = table(
  'tokencredentialidhash',
  id('tokencredentialidhash_seq'),
  varchar('credential_id_hash', 256, {notNull: true, uniqueIndex: 'ix_tokencredentialidhash_credentialidhash'}),
  integer('token_id', {notNull: true, references: 'token.id'}),
)

export const internaluserattribute = table(
  'internaluserattribute',
  id('internaluserattribute_seq'),
  optional('user_id', 320),
  optional('resolver', 120),
  integer('realm_id', {references: 'realm.id', cascade: true}),
  varchar('Key', 255, {notNull: true}),
  json('Value'),
  datetime('last_modified', {default: now}),
  varchar('node', 120),
  unique('uq_internaluserattribute_user_key', 'user_id', 'resolver', 'realm_id', 'Key'),
)

const buckets = ['50ms', '100ms', '150ms', '200ms', '250ms', '500ms', '1s', '2s', '5s']

export const metricAggregate = table(
  'metric_aggregate',
  id('metric_aggregate_seq'),
  varchar('metric_name', 128, {notNull: true, index: true}),
  text('labels_key', {notNull: true, default: ''}),
  varchar('labels_hash', 64, {notNull: true, default: ''}),
  varchar('node', 255, {notNull: true, default: ''}),
  datetime('window_start', {notNull: true, index: true}),
  bigint('count', {notNull: true, default: 0}),
  double('sum_value', {notNull: true, default: 0}),
  double('max_value', {notNull: true, default: 0}),
  ...buckets.map((bucket) => bigint(`bucket_le_${bucket}`, {notNull: true, default: 0})),
  unique('metricagg_uix', 'metric_name', 'labels_hash', 'node', 'window_start'),
)

export const usersetting = table(
  'usersetting',
  id('usersetting_seq'),
  varchar('subject_type', 20, {notNull: true}),
  optional('username', 320),
  optional('user_id', 320),
  optional('resolver', 120),
  integer('realm_id', {references: 'realm.id', cascade: true}),
  varchar('subject_hash', 64, {notNull: true}),
  json('settings'),
  datetime('last_modified', {default: now}),
  varchar('node', 120),
  unique('uq_usersetting_subject', 'subject_hash'),
  index('ix_usersetting_subject_type_username', 'subject_type', 'username'),
  index('ix_usersetting_user', 'user_id', 'resolver', 'realm_id'),
)

export const clients = table(
  'clients',
  varchar('id', 36, {primaryKey: true, default: uuid}),
  varchar('display_name', 255, {notNull: true, default: ''}),
  varchar('client_type', 64, {notNull: true, default: ''}),
  varchar('key_id', 32, {notNull: true, uniqueIndex: true}),
  varchar('key_hash', 64, {notNull: true}),
  varchar('status', 16, {notNull: true, default: 'active'}),
  datetime('created_at', {notNull: true, default: now}),
  datetime('last_used_at'),
  json('config', {notNull: true, default: '{}'}),
)

export const rememberedDevices = table(
  'remembered_devices',
  varchar('series_id', 64, {primaryKey: true}),
  varchar('device_id', 64, {notNull: true, uniqueIndex: true}),
  integer('counter', {notNull: true, default: 1}),
  varchar('client_id', 36, {notNull: true, references: 'clients.id', cascade: true, index: true}),
  varchar('resolver', 120, {notNull: true, index: true}),
  varchar('user_id', 320, {notNull: true, index: true}),
  integer('realm_id', {notNull: true, references: 'realm.id', cascade: true, index: true}),
  varchar('ip_address', 64),
  varchar('user_agent', 255),
  datetime('created_at', {notNull: true, default: now}),
  datetime('last_used_at'),
  datetime('expires_at', {notNull: true}),
)

/** Of eduMFA 2.9.1. */
export const jwtBlacklist = table(
  'jwt_blacklist',
  datetime('expiration', {index: true}),
  varchar('nonce', 128, {primaryKey: true, unique: true}),
)
