package dev.headroom.simulator.calibration;

import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.model.platform.ProcessOverhead.Basis;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.training.RuntimeKind;
import dev.headroom.simulator.measured.Comparison;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;
import org.apache.commons.math3.stat.regression.OLSMultipleLinearRegression;

/**
 * Fits what processes on one platform hold beside their allocator.
 *
 * <pre>  process − held = context + training + Σ module · loaded </pre>
 *
 * <p>process and held [bytes] as recorded; context is the mean of the records' {@code contextBytes}; loaded is 1 for a job that
 * loads a module of kernels and 0 for others. training and the modules are fitted by ordinary least squares. Modules that
 * always come together are fitted as one and take equal parts; one that every record has, or none, cannot be told, and is
 * carried over. As a driver hands out whole pages, each constant is the estimate in whole pages.
 */
final class PlatformFit {
    private final Sample sample;
    private final ProcessOverhead known;
    private final long page;
    private final List<FittedConstant> constants = new ArrayList<>();
    private final Map<KernelModule, Bytes> modules = new EnumMap<>(KernelModule.class);

    private PlatformFit(Sample sample, ProcessOverhead known) {
        this.sample = sample;
        this.known = known;
        this.page = sample.page();
    }

    /**
     * @param known what Headroom comes with, of this card or of another
     */
    static Calibration.Fit of(Sample sample, ProcessOverhead known) {
        PlatformFit fit = new PlatformFit(sample, known);
        Bytes context = fit.context();
        Bytes training = fit.trainingAndModules(context);
        ProcessOverhead overhead = new ProcessOverhead(
                sample.platform().gpu(),
                sample.platform().driver(),
                sample.platform().stack(),
                context,
                training,
                fit.modules,
                new Bytes(fit.page),
                "",
                Basis.CALIBRATED);
        List<Comparison> heldOut = fit.heldOut(overhead);
        return new Calibration.Fit(
                sample.platform(),
                overhead.from("fitted to %d records, off by at most %.1f MiB on %d held out"
                        .formatted(
                                sample.fitted().size(),
                                Calibration.Fit.largestDifference(heldOut) / (double) (1 << 20),
                                heldOut.size())),
                fit.constants,
                sample.fitted().size(),
                heldOut,
                fit.heldOut(known),
                known.gpu());
    }

    private Bytes context() {
        SummaryStatistics statistics = new SummaryStatistics();
        for (Observation one : sample.fitted()) {
            one.context().ifPresent(statistics::addValue);
        }
        int count = (int) statistics.getN();
        Interval interval =
                Interval.of(statistics.getMean(), statistics.getStandardDeviation() / Math.sqrt(count), count - 1);
        long least = Math.round(statistics.getMin());
        Bytes context = new Bytes(least + wholePages(statistics.getMean() - least));
        constants.add(new FittedConstant("contextBytes", "CUDA context", context, Optional.of(interval)));
        return context;
    }

    private Bytes trainingAndModules(Bytes context) {
        List<List<KernelModule>> columns = columns();
        double[] beside = new double[sample.fitted().size()];
        double[][] loaded = new double[beside.length][1 + columns.size()];
        for (int i = 0; i < beside.length; i++) {
            Observation one = sample.fitted().get(i);
            beside[i] = one.beside() - context.count() - carriedOver(one, columns);
            loaded[i][0] = 1;
            for (int j = 0; j < columns.size(); j++) {
                loaded[i][1 + j] = one.kernels().containsAll(columns.get(j)) ? 1 : 0;
            }
        }
        OLSMultipleLinearRegression regression = new OLSMultipleLinearRegression();
        regression.setNoIntercept(true); // The column of ones stands for it.
        regression.newSampleData(beside, loaded);
        double[] estimates = regression.estimateRegressionParameters();
        double[] errors = regression.estimateRegressionParametersStandardErrors();
        int freedom = beside.length - estimates.length;

        Bytes training = new Bytes(Math.max(0, wholePages(estimates[0])));
        constants.add(new FittedConstant(
                "trainingKernelsBytes",
                sample.platform().runtime() == RuntimeKind.SAMEDIFF ? "workspaces of libraries" : "loaded kernels",
                training,
                Optional.of(Interval.of(estimates[0], errors[0], freedom))));
        for (KernelModule module : KernelModule.values()) {
            Optional<Interval> interval = Optional.empty();
            Bytes value = known.of(module);
            for (int j = 0; j < columns.size(); j++) {
                int parts = columns.get(j).size();
                if (columns.get(j).contains(module)) {
                    value = new Bytes(Math.max(0, wholePages(estimates[1 + j])) / parts);
                    interval = Optional.of(Interval.of(estimates[1 + j], errors[1 + j], freedom)
                            .dividedBy(parts));
                }
            }
            if (value.count() > 0 || interval.isPresent()) {
                modules.put(module, value);
                constants.add(new FittedConstant(module.id(), module.label(), value, interval));
            }
        }
        return training;
    }

    /** The modules that some records load and others do not, those together that always come together. */
    private List<List<KernelModule>> columns() {
        Map<List<Boolean>, List<KernelModule>> columns = new TreeSet<>(List.of(KernelModule.values()))
                .stream()
                        .collect(Collectors.groupingBy(
                                module -> sample.fitted().stream()
                                        .map(one -> one.kernels().contains(module))
                                        .toList(),
                                LinkedHashMap::new,
                                Collectors.toList()));
        List<List<KernelModule>> told = new ArrayList<>();
        columns.forEach((loaded, together) -> {
            if (loaded.contains(true) && loaded.contains(false)) {
                told.add(together);
            }
        });
        return told;
    }

    /** What a record has of the modules that the records do not tell. */
    private long carriedOver(Observation one, List<List<KernelModule>> told) {
        long bytes = 0;
        for (KernelModule module : one.kernels()) {
            if (told.stream().noneMatch(together -> together.contains(module))) {
                bytes += known.of(module).count();
            }
        }
        return bytes;
    }

    private List<Comparison> heldOut(ProcessOverhead overhead) {
        return sample.heldOut().stream()
                .map(one -> new Comparison(
                        Math.addExact(one.held(), overhead.total(one.kernels()).count()), one.process()))
                .toList();
    }

    private long wholePages(double bytes) {
        return Math.round(bytes / page) * page;
    }
}
