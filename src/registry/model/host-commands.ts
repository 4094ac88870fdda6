/** Commands on hosts and what they bring (RFC 5732 section 3). */
import type { Host } from './host.ts';
import type { HostStatus, SetStatus, ShownHostStatus } from './status.ts';

/** An address as the client wrote it, with the family that it claims. */
export interface GivenAddress {
  family: 'v4' | 'v6';
  text: string;
}

export interface HostCheck {
  kind: 'host:check';
  names: string[];
}
export interface HostChecked {
  kind: 'host:check';
  hosts: { name: string; available: boolean; reason?: string }[];
}

export interface HostInfo {
  kind: 'host:info';
  name: string;
}
export interface HostInformation {
  kind: 'host:info';
  host: Host;
  statuses: SetStatus<ShownHostStatus>[];
}

export interface HostCreate {
  kind: 'host:create';
  name: string;
  addresses: GivenAddress[];
}
export interface HostCreated {
  kind: 'host:create';
  name: string;
  createdAtMs: number;
}

export interface HostUpdate {
  kind: 'host:update';
  name: string;
  add: { addresses: GivenAddress[]; statuses: SetStatus<HostStatus>[] };
  remove: { addresses: GivenAddress[]; statuses: HostStatus[] };
  /** A new name. */
  rename?: string;
}
export interface HostUpdated {
  kind: 'host:update';
  name: string;
}

export interface HostDelete {
  kind: 'host:delete';
  name: string;
}
export interface HostDeleted {
  kind: 'host:delete';
  name: string;
}

export type HostCommand = HostCheck | HostInfo | HostCreate | HostUpdate | HostDelete;
export type HostData = HostChecked | HostInformation | HostCreated | HostUpdated | HostDeleted;
