package dev.headroom.model.analytic;

import dev.headroom.model.program.StepProgram;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The peak of a job as a function of micro-batch b and sequence length s, wherever they lie. Each {@link PeakFormula} holds
 * within its regime; where none of those known does, the job is recorded anew, and its formula joins them. So no figure is
 * ever one of another regime.
 *
 * <p>Counts requested bytes, as {@link PeakFormula} does. Safe for use by several threads.
 */
public final class PeakFunction {
    private final Recorder recorder;
    private volatile PeakFormula[] formulas = {};

    /** Records a job at a micro-batch of {@code b} sequences of {@code s} tokens. */
    @FunctionalInterface
    public interface Recorder {
        /**
         * @throws ArithmeticException if a size exceeds 2^63 bytes
         * @throws dev.headroom.model.job.RefusedJobException if no rule covers the job there
         */
        StepProgram record(int b, int s);
    }

    public PeakFunction(Recorder recorder) {
        this.recorder = recorder;
    }

    /**
     * The peak [requested bytes].
     *
     * @param b micro-batch [sequences]
     * @param s sequence length [tokens]
     * @throws ArithmeticException if it exceeds 2^63 bytes
     * @throws dev.headroom.model.job.RefusedJobException if no rule covers the job there
     */
    public long at(int b, int s) {
        return formulaAt(b, s).at(b, s);
    }

    /** The formula that holds at (b, s). */
    public PeakFormula formulaAt(int b, int s) {
        PeakFormula known = known(b, s);
        return known == null ? learn(b, s) : known;
    }

    /** The formulas of the regimes seen so far. */
    public List<PeakFormula> formulas() {
        return List.of(formulas);
    }

    /**
     * Whether recording the job anew at (b, s) gives exactly what the formula says. A check on rules that branch on sizes
     * without saying so.
     */
    public boolean holdsAt(int b, int s) {
        return recorder.record(b, s).requestedPeak() == at(b, s);
    }

    private @Nullable PeakFormula known(int b, int s) {
        for (PeakFormula formula : formulas) {
            if (formula.regime().contains(b, s)) {
                return formula;
            }
        }
        return null;
    }

    private synchronized PeakFormula learn(int b, int s) {
        PeakFormula known = known(b, s);
        if (known != null) {
            return known;
        }
        PeakFormula formula = PeakFormula.of(recorder.record(b, s));
        List<PeakFormula> all = new ArrayList<>(List.of(formulas));
        all.add(formula);
        formulas = all.toArray(PeakFormula[]::new);
        return formula;
    }
}
