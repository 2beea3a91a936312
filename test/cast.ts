/** Whom and what tests are about: hauliers as an operator enters them, and an ordinary consignment. */
import type { OrganisationDraft } from '../store/organisations/organisations.ts';

/** The consignment's names at Palletways, and a barcode of it. */
export const conNo = '2557391-564';
export const trackingId = '60012340167';
export const barcode = 'B00432B6FE';

/** What is carried by it, as an order says it. */
export const goods = {
  type: 'D',
  service: 'A-ND',
  lifts: 2,
  weight: 640,
  billUnits: [{ type: 'FP', amount: 2 }],
  collectionDate: null,
} as const;

/** A haulier in Getafe; no two of its secrets are alike. */
export const getafe = {
  id: 'alpha',
  name: 'Alpha Haulage',
  palletways: {
    apiKey: 'pw-secret-key,=/',
    account: '434481',
    depot: { number: '564', name: 'Getafe' },
    zone: 'Europe/Madrid',
    push: { user: 'pw', password: 'pw-secret-push' },
  },
  qargo: {
    baseUrl: 'https://api.qargo.com',
    clientId: 'client',
    secret: 'qg-secret',
    webhook: { user: 'hook', password: 'qg-secret-hook' },
    push: { user: 'qg', password: 'qg-secret-push' },
    customer: { code: 'PALLETWAYS' },
    depot: { code: 'GETAFE', name: 'Getafe', address: 'Calle 1', city: 'Getafe', postCode: '28906', country: 'ES' },
  },
} satisfies OrganisationDraft;

const login = { user: 'u', password: 'p' };

/** A haulier in Leeds by its id, of whom nothing else matters; nobody answers at its Qargo. */
export const haulier = (id: string): OrganisationDraft => ({
  id,
  name: id,
  palletways: {
    apiKey: 'k',
    account: '1',
    depot: { number: '564', name: 'Depot' },
    zone: 'Europe/London',
    push: login,
  },
  qargo: {
    baseUrl: 'http://127.0.0.1:1',
    clientId: 'c',
    secret: 's',
    webhook: login,
    push: login,
    customer: { code: 'PALLETWAYS' },
    depot: { code: 'D', name: 'Depot', address: '1 Road', city: 'Leeds', postCode: 'LS1 1AA', country: 'GB' },
  },
});
