/** A whole organisation as an operator would enter it. */
import type { OrganisationDraft } from '../../store/organisations/organisations.ts';

const login = { user: 'u', password: 'p' };

export const settingsOf = (id: string): OrganisationDraft => ({
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
