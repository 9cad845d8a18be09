import { useEffect, useState } from 'react';

/** A value that has stood still for so long: a slider passes a hundred on its way. */
export function useSettled<T>(value: T, restMs = 120): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), restMs);
    return () => clearTimeout(timer);
  }, [value, restMs]);
  return settled;
}
