import { Component, type ReactNode } from 'react';
import { Button } from '../ui/button.tsx';

/** Keeps a failure of one screen on that screen; the frame goes on. */
export class ErrorFence extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div role="alert" className="m-6 max-w-xl rounded-lg bg-bad-soft p-4">
        <p className="font-medium text-bad">This screen could not be drawn.</p>
        <p className="mt-1 break-words font-mono text-dim text-xs">{error.message}</p>
        <Button className="mt-3" onClick={() => this.setState({ error: null })}>
          Try again
        </Button>
      </div>
    );
  }
}
