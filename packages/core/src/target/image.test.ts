import { expect, test } from 'vitest';
import { formatVersion, parseVersion } from '../engine/versions.ts';
import { imageReference, imageVersion, isSupportedVersion } from './image.ts';

const digest = `sha256:${'4b9'.repeat(21)}0`;

test.each([
  ['neo4j:5.26-enterprise', '5.26.0'],
  ['registry.example:5000/graph/neo4j:2025.10.1-enterprise-ubi9', '2025.10.1'],
  ['neo4j:v5.26.4', '5.26.4'],
  [`neo4j:5.26.4@${digest}`, '5.26.4'],
  ['neo4j:4.4.40-enterprise', '4.4.40'],
  ['neo4j:latest', undefined],
  ['neo4j:enterprise', undefined],
  ['neo4j', undefined],
  [`neo4j@${digest}`, undefined],
  ['registry5.26.example/neo4j', undefined],
  ['registry.example:5000/neo4j-5.26/server', undefined],
  ['graph/neo4j:ubuntu-22.04', undefined],
  ['graph/neo4j:1.2.3', undefined],
])('the tag of %s says version %s', (image, version) => {
  const found = imageVersion(image);
  expect(found && formatVersion(found)).toBe(version);
});

test('repository and tag become one name, also where the tag is a digest', () => {
  expect(imageReference('neo4j', '5.26')).toBe('neo4j:5.26');
  expect(imageReference('neo4j', undefined)).toBe('neo4j');
  expect(imageReference('neo4j', digest)).toBe(`neo4j@${digest}`);
  expect(imageReference('neo4j', `5.26@${digest}`)).toBe(`neo4j:5.26@${digest}`);
});

test.each([
  ['5.26.0', true],
  ['5.25.1', false],
  ['4.4.40', false],
  ['2025.01', true],
  ['2026.03.1', true],
])('version %s can be backed up: %s', (text, may) => {
  const version = parseVersion(text);
  expect(version && isSupportedVersion(version)).toBe(may);
});
