package dev.headroom.simulator.whatif;

import dev.headroom.model.analytic.PeakComposition;
import dev.headroom.model.analytic.PeakComposition.Composition;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.quantity.Bytes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a job's peak is made of over the sequence length, by the analytic reading.
 *
 * @param method name of the job's method
 * @param points the lengths that could be computed, in the order asked for
 * @param problems why others could not, each once
 */
public record LengthCurve(String method, List<Point> points, List<Problem> problems) {
    public LengthCurve {
        points = List.copyOf(points);
        problems = List.copyOf(problems);
    }

    /**
     * One length.
     *
     * @param sequenceLength s [tokens]
     * @param composition requested bytes alive at the peak, by category
     * @param overhead what the process holds beside the allocator
     */
    public record Point(int sequenceLength, Composition composition, Bytes overhead) {}

    /**
     * Reads the curve.
     *
     * @param peaks the job's peak at every micro-batch and length
     */
    public static LengthCurve of(ResolvedJob job, PeakComposition peaks, List<Integer> lengths) {
        List<Point> points = new ArrayList<>();
        Set<Problem> problems = new LinkedHashSet<>();
        for (int length : lengths) {
            try {
                Composition composition = peaks.at(job.job().batch().microBatch(), length);
                points.add(new Point(length, composition, job.overhead().total(composition.kernels())));
            } catch (RefusedJobException e) {
                problems.addAll(e.problems());
            } catch (ArithmeticException e) {
                problems.add(Problem.invalid("sequenceLength", "a size exceeds 2^63 bytes"));
            }
        }
        return new LengthCurve(job.job().method().name(), points, List.copyOf(problems));
    }
}
