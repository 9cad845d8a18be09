import { CircleCheckBig, GitFork } from 'lucide-react';
import { useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { DetailList } from '../ui/detail-list.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { brief } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';

/** Makes a run again from what was recorded, for nothing, and says whether it goes the same way. */
export function ReplayDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const read = useRead(`replay:${id}`, [], (client) => client.replayRun({ id }));
  const report = read.value;
  const Icon = report?.same ? CircleCheckBig : GitFork;
  return (
    <Dialog
      title="Replayed from the record"
      description="Without a model, a tool or the network: answers come from the journal."
      onClose={onClose}
      footer={
        <Button size="md" onClick={onClose}>
          Close
        </Button>
      }
    >
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!report && !read.error && <Loading />}
      {report && (
        <>
          <p className={`mb-3 flex items-center gap-2 font-medium ${report.same ? 'text-ok' : 'text-warn'}`}>
            <Icon aria-hidden className="size-5" />
            {report.same ? 'It goes the same way, to the same end.' : (report.divergence ?? 'It comes to another end.')}
          </p>
          <DetailList
            rows={[
              ['Steps', `${report.steps} of ${report.recordedSteps} recorded`],
              [
                'Recorded end',
                `${report.recorded.outcome}: ${brief(report.recorded.error ?? report.recorded.output, 200)}`,
              ],
              [
                'Replayed end',
                `${report.replayed.outcome}: ${brief(report.replayed.error ?? report.replayed.output, 200)}`,
              ],
            ]}
          />
        </>
      )}
    </Dialog>
  );
}
