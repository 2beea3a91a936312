/** Names, streets and goods of the four countries a depot of this network sees most. All invented. */

export interface Place {
  country: 'GB' | 'IE' | 'ES' | 'DE';
  town: string;
  county: string;
  postCode: string;
}

export const PLACES: readonly Place[] = [
  { country: 'GB', town: 'Lichfield', county: 'Staffordshire', postCode: 'WS13 8RZ' },
  { country: 'GB', town: 'Leeds', county: 'West Yorkshire', postCode: 'LS10 1AB' },
  { country: 'GB', town: 'Bristol', county: 'Avon', postCode: 'BS4 5QW' },
  { country: 'GB', town: 'Norwich', county: 'Norfolk', postCode: 'NR6 6EJ' },
  { country: 'GB', town: 'Wrexham', county: 'Clwyd', postCode: 'LL13 9XS' },
  { country: 'GB', town: 'Paisley', county: 'Renfrewshire', postCode: 'PA3 4BG' },
  { country: 'IE', town: 'Naas', county: 'Kildare', postCode: 'W91 KX20' },
  { country: 'IE', town: 'Limerick', county: 'Limerick', postCode: 'V94 T2XR' },
  { country: 'IE', town: 'Dún Laoghaire', county: 'Dublin', postCode: 'A96 X7H3' },
  { country: 'ES', town: 'Zaragoza', county: 'Zaragoza', postCode: '50197' },
  { country: 'ES', town: 'Alcalá de Henares', county: 'Madrid', postCode: '28802' },
  { country: 'ES', town: "L'Hospitalet de Llobregat", county: 'Barcelona', postCode: '08908' },
  { country: 'DE', town: 'Nürnberg', county: 'Bayern', postCode: '90431' },
  { country: 'DE', town: 'Gelsenkirchen', county: 'Nordrhein-Westfalen', postCode: '45881' },
  { country: 'DE', town: 'Weißenfels', county: 'Sachsen-Anhalt', postCode: '06667' },
];

export const STREETS: Record<Place['country'], readonly string[]> = {
  GB: ['Wharf Road', 'Station Approach', 'Fradley Park', 'High Street', 'Mill Lane', 'Enterprise Way'],
  IE: ['Monread Road', 'Dock Road', 'Newbridge Industrial Estate', "O'Connell Street", 'Ballymount Avenue'],
  ES: [
    'Calle de la Industria',
    'Avenida de Castilla',
    'Polígono Malpica, Calle E',
    'Carrer del Progrés',
    'Camino Nuevo',
  ],
  DE: ['Industriestraße', 'Am Güterbahnhof', 'Hafenstraße', 'Sigmundstraße', 'Zum Gewerbepark'],
};

export const COMPANIES: Record<Place['country'], readonly string[]> = {
  GB: [
    'Hartley & Sons Ltd',
    'Northgate Tiles',
    'Greenacre Garden Centre',
    'Pennine Paper Co',
    'Tamworth Tools',
    'Osprey Foods Ltd',
  ],
  IE: ["O'Brien Hardware", 'Liffey Print Ltd', 'Kilkenny Stoves', 'Shannon Feeds', 'Clery Interiors'],
  ES: ['Cerámicas del Ebro S.L.', 'Muñoz e Hijos S.A.', 'Vinos Peñalba', 'Suministros Levante', 'Iberofred S.L.'],
  DE: ['Müller Sanitär GmbH', 'Franken Fliesen KG', 'Groß & Söhne', 'Ruhr Papier AG', 'Bäckerei Jäger'],
};

export const PEOPLE: Record<Place['country'], readonly string[]> = {
  GB: ['Helen Marsh', 'Dave Whitlock', 'Priya Nair', 'Tom Ashworth', 'S. Okafor', 'Gwen Pritchard'],
  IE: ['Aoife Byrne', "Pádraig O'Shea", 'Niamh Kelly', 'Conor Walsh', 'Siobhán Daly'],
  ES: ['Lucía Muñoz', 'Javier Ibáñez', 'Carmen Peña', 'Íñigo Arrieta', 'Marta Soler'],
  DE: ['Jürgen Weiß', 'Anke Schröder', 'Björn Krüger', 'Sabine Groß', 'Uwe Lehmann'],
};

export const DIALLING: Record<Place['country'], string> = { GB: '+44', IE: '+353', ES: '+34', DE: '+49' };

export const DRIVERS = [
  'Mick Tranter',
  'Ewa Nowak',
  'Declan Foley',
  'Raj Patel',
  'Lorna Beattie',
  'Piotr Zielinski',
  'Sam Doyle',
  'Andreea Pop',
  'Wes Hartnell',
  'Iker Salas',
  'Katja Brandt',
  'Bill Oxley',
  'Nuala Reid',
  'Owen Parry',
  'Tariq Aziz',
  'Jo Fenwick',
  'Marek Svoboda',
  'Gemma Lyle',
  'Ruben Ortiz',
  'Kevin Stubbs',
  'Ines Vidal',
  'Harald Kuhn',
  'Paddy Quinn',
  'Sue Cartwright',
] as const;

export const INSTRUCTIONS = [
  'Call 30 minutes before arrival',
  'Deliveries to rear of building, ask for goods-in',
  'Rigid only, no artics past the bridge',
  'Closed 12:30 to 13:15 for lunch',
  'Entregar en muelle 3, preguntar por almacén',
  'Anlieferung über Tor 2, Bühne vorhanden',
  'Do not stack. Keep dry.',
  'Sign in at security & wear hi-vis',
] as const;

export const NEW_INSTRUCTIONS = [
  'Site has moved to unit 14, follow the yellow signs',
  'Please deliver before 11:00, <forklift> leaves after that',
  'Customer asks: phone the shop, not the warehouse',
  'Neighbour at no. 9 may sign',
] as const;
