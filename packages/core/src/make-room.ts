/** Makes room for one more value in a map of limited size: what was put in first is forgotten. */
export function makeRoom(map: Map<string, unknown>, most: number): void {
  if (map.size < most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
