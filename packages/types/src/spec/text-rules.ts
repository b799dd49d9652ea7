import { matches, type CelRule } from './cel.ts';
import { takenFolders } from './engine-words.ts';
import { corrections, scheduleAliases } from './sentences.ts';

/*
 * Rules over single texts, each a likeness of the parser in `core` that reads the text for good: what a rule refuses the parser refuses too,
 * and the parser may know more, such as whether a cron expression ever fires.
 */

const durationForm = '^([0-9]{1,12}[wdhms])+$';
const unitSeconds = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 } as const;
const longestSeconds = 36_525 * unitSeconds.d;
const secondsOf = ([unit, seconds]: [string, number]) =>
  `self.findAll('[0-9]+${unit}').map(part, int(part.replace('${unit}', ''))).sum() * ${seconds}`;

/** What `parseDuration` reads. */
export const durationRules: readonly CelRule[] = [
  { rule: matches(durationForm), message: `is no duration; ${corrections.duration}` },
  { rule: `!${matches('^(0+[wdhms])+$')}`, message: `is no time at all; ${corrections.durationZero}` },
  {
    rule: `!${matches(durationForm)} || ${Object.entries(unitSeconds).map(secondsOf).join(' + ')} <= ${longestSeconds}`,
    message: `is too long; ${corrections.durationLong}`,
  },
];

const suffix = '([mkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})';
const zero = '(0+[.]?0*|[.]0+)';
const belowOne = '(0+([.][0-9]*)?|[.][0-9]+)';
const belowThousand = '(0*[0-9]{1,3}([.][0-9]*)?|[.][0-9]+)';

/** What `parseSize` reads. Sizes below one byte are known by their digits alone. */
export const sizeRules: readonly CelRule[] = [
  {
    rule: matches(`^[+]?([0-9]{1,30}([.][0-9]{0,18})?|[.][0-9]{1,18})${suffix}?$`),
    message: `is no size; ${corrections.quantity}`,
  },
  {
    rule: `!${matches(`^[+]?(${zero}${suffix}|${belowOne}|${belowThousand}m)$`)}`,
    message: `is less than a byte; ${corrections.sizeZero}`,
  },
];

const fiveFields = String.raw`^\s*[^@=\s][^=\s]*(\s+[^=\s]+){4}\s*$`;
const hasZone = "self.contains('=')";
const aliases = Object.keys(scheduleAliases).join('|');

/** Numbers that no list or range of a field may have; those behind a slash are steps. */
const outOfRange = [
  '[6-9][0-9]|[1-9][0-9]{2,}', // minutes
  '2[4-9]|[3-9][0-9]|[1-9][0-9]{2,}', // hours
  '3[2-9]|[4-9][0-9]|[1-9][0-9]{2,}', // days of the month
  '1[3-9]|[2-9][0-9]|[1-9][0-9]{2,}', // months
  '[89]|[1-9][0-9]+', // days of the week
];
const numberTooLarge = outOfRange.map((numbers, field) => {
  const before = String.raw`(\S+\s+){${field}}(\S*[^0-9/\s])?`;
  return matches(String.raw`^\s*${before}0*(${numbers})([^0-9\s]\S*)?(\s|$)`);
});

/** What `parseSchedule` reads, up to the number of fields and the numbers in them. */
export const scheduleRules: readonly CelRule[] = [
  { rule: `!${hasZone}`, message: `has a zone in it; ${corrections.scheduleZone}` },
  {
    rule: `${hasZone} || !${matches(String.raw`^\s*@`)} || ${matches(String.raw`(?i)^\s*(${aliases})\s*$`)}`,
    message: `is no known alias; ${corrections.scheduleAlias}`,
  },
  {
    rule: `${hasZone} || !${matches(String.raw`^\s*[^@\s]\S*(\s+\S+){5}\s*$`)}`,
    message: `has six fields; ${corrections.scheduleSeconds}`,
  },
  {
    rule: `${hasZone} || ${matches(String.raw`^\s*(@|\S+(\s+\S+){4,5}\s*$)`)}`,
    message: `is no cron expression; ${corrections.scheduleFields}`,
  },
  {
    rule: `!${matches(fiveFields)} || !(${numberTooLarge.join(' || ')})`,
    message: `has a number that its field does not know; ${corrections.scheduleNumbers}`,
  },
];

/** Offsets such as `+02:00` are no zones; which names there are only `core` knows. */
export const timeZoneRules: readonly CelRule[] = [
  { rule: matches('^[A-Za-z][A-Za-z0-9_+/-]*$'), message: `is no time zone; ${corrections.timeZone}` },
];

/** What `parseStorePath` reads. */
export const storePathRules: readonly CelRule[] = pathRules();

/** What `parseTempPath` reads. */
export const tempPathRules: readonly CelRule[] = tempPathRulesOf();

/** The same of the value behind `--temp-path=` in an entry of `additionalArgs`. */
export const tempPathArgumentRules: readonly CelRule[] = tempPathRulesOf('^(?i:--temp-path)=');

/** @param start what stands before the path in the text */
function pathRules(start = '^'): CelRule[] {
  const not = (rest: string) => `!${matches(`${start}${rest}`)}`;
  return [
    { rule: not('.*[^A-Za-z0-9/_.=+@,~-]'), message: `contains another character; ${corrections.pathCharacters}` },
    { rule: not('(.*/)?[.][.]?(/|$)'), message: `contains "." or ".."; ${corrections.pathSteps}` },
    { rule: not('.*[^/]//+[^/]'), message: `contains "//"; ${corrections.pathEmptyStep}` },
    {
      rule: not('.*[^/]{256}'),
      message: `contains a folder name of more than 255 characters; ${corrections.pathLongStep}`,
    },
  ];
}

function tempPathRulesOf(start = '^'): CelRule[] {
  const names = takenFolders.map((folder) => folder.slice(1)).join('|');
  const not = (rest: string) => `!${matches(`${start}${rest}`)}`;
  return [
    { rule: not('[^/]'), message: `is no absolute path; ${corrections.tempPathRelative}` },
    ...pathRules(start),
    { rule: not('/+(tmp/*)?$'), message: `is a folder that the container needs itself; ${corrections.tempPathNeeded}` },
    {
      rule: not(`/+(${names})(/|$)`),
      message: `is a folder that the container needs itself; ${corrections.tempPathTaken}`,
    },
  ];
}
