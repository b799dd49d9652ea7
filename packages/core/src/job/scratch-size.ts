/** Size of the `emptyDir` that serves as scratch when the spec names no volume of its own. */
export const defaultScratchSize = '10Gi';
