package dev.headroom.model.analytic;

import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.program.Regime;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.quantity.UpperEnvelope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The peak of a program as a function of micro-batch b and sequence length s: the largest of a few polynomials, one for
 * each instant that can be the peak.
 *
 * <p>It counts requested bytes, so it lies below an allocator's figure by the allocator's rounding. Within the
 * {@link #regime()} it is what recording the job anew would give, to the byte.
 */
public final class PeakFormula {
    private final List<Polynomial> candidates;
    private final UpperEnvelope envelope;
    private final Regime regime;
    private final Set<KernelModule> kernels;
    private final long loadedBytes;

    private PeakFormula(List<Polynomial> candidates, Regime regime, Set<KernelModule> kernels, long loadedBytes) {
        this.candidates = List.copyOf(candidates);
        this.envelope = new UpperEnvelope(this.candidates);
        this.regime = regime;
        this.kernels = kernels;
        this.loadedBytes = loadedBytes;
    }

    /** Reads a program's peak after loading. */
    public static PeakFormula of(StepProgram program) {
        List<Polynomial> candidates = new ArrayList<>();
        Set<Polynomial> seen = new HashSet<>();
        Polynomial live = Polynomial.ZERO;
        boolean loaded = false;
        long loadedBytes = 0;
        boolean rising = false;
        for (int i = 0; i < program.eventCount(); i++) {
            int event = program.event(i);
            if (event < 0) {
                if (!loaded && StepProgram.isMark(event)) {
                    loaded = true;
                    loadedBytes = live.at(1, 1); // The model is the same whatever the batch.
                }
                continue;
            }
            Polynomial bytes = program.requestedPolynomial(event >> 1);
            if ((event & 1) == 0) {
                live = live.plus(bytes);
                rising = true;
            } else {
                if (rising && loaded && seen.add(live)) {
                    offer(candidates, live);
                }
                rising = false;
                live = live.minus(bytes);
            }
        }
        if (loaded && seen.add(live)) {
            offer(candidates, live);
        }
        return new PeakFormula(candidates, program.regime(), program.kernels(), loadedBytes);
    }

    /** Keeps only polynomials that no other one dominates. */
    private static void offer(List<Polynomial> candidates, Polynomial offered) {
        for (Polynomial candidate : candidates) {
            if (candidate.dominates(offered)) {
                return;
            }
        }
        candidates.removeIf(offered::dominates);
        candidates.add(offered);
    }

    /**
     * The peak [requested bytes].
     *
     * @param b micro-batch [sequences]
     * @param s sequence length [tokens]
     */
    public long at(long b, long s) {
        return envelope.at(b, s);
    }

    /** The instants that can be the peak, as requested bytes alive. */
    public List<Polynomial> candidates() {
        return candidates;
    }

    /** Bytes alive once the model is loaded; they are part of every peak. */
    public long loadedBytes() {
        return loadedBytes;
    }

    /** Kernels that the program runs and that not every training job runs. */
    public Set<KernelModule> kernels() {
        return kernels;
    }

    /** Where in (b, s) the formula holds. */
    public Regime regime() {
        return regime;
    }
}
