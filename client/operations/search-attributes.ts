/** The search attributes of consignments in the namespace. */
import type { Client } from '@temporalio/client';
import { SearchAttributeType } from '@temporalio/common';
import protocol from '@temporalio/proto';
import { searchAttributes } from '../../workflows/search-attributes.ts';

const { IndexedValueType } = protocol.temporal.api.enums.v1;
const types: Readonly<Record<string, protocol.temporal.api.enums.v1.IndexedValueType>> = {
  [SearchAttributeType.KEYWORD]: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  [SearchAttributeType.KEYWORD_LIST]: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  [SearchAttributeType.BOOL]: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
};

/** Registers those that are missing and answers their names. Throws what Temporal throws. */
export async function keepSearchAttributes(temporal: Client): Promise<string[]> {
  const { namespace } = temporal.options;
  const known = await temporal.connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(searchAttributes).filter(({ name }) => known.customAttributes?.[name] === undefined);
  if (missing.length > 0) {
    const wanted = Object.fromEntries(
      missing.map(({ name, type }) => [name, types[type] ?? IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD]),
    );
    await temporal.connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted });
  }
  return missing.map(({ name }) => name);
}
