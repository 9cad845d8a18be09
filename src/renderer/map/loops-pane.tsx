import { LoopBrakes } from './loop-brakes.tsx';
import type { Loop } from './loops.ts';
import { MapPane } from './map-pane.tsx';

interface LoopsPaneProps {
  loops: readonly Loop[];
  onChoose: (edge: string) => void;
  onClose: () => void;
}

/** Every way that leads back to where it began. */
export function LoopsPane({ loops, onChoose, onClose }: LoopsPaneProps) {
  return (
    <MapPane label="Loops" title="Loops" onClose={onClose}>
      {loops.length === 0 && (
        <p className="text-[0.8125rem] text-dim">No agent wakes itself, neither at once nor by way of others.</p>
      )}
      <div className="flex flex-col gap-3">
        {loops.map((loop) => (
          <LoopBrakes key={loop.id} loop={loop} onChoose={onChoose} />
        ))}
      </div>
    </MapPane>
  );
}
