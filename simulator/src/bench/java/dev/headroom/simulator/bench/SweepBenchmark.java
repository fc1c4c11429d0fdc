package dev.headroom.simulator.bench;

import dev.headroom.model.MemoryModel;
import dev.headroom.model.analytic.PeakFunction;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.report.SweepText;
import dev.headroom.simulator.whatif.Axis;
import dev.headroom.simulator.whatif.Catalogs;
import dev.headroom.simulator.whatif.Solver;
import dev.headroom.simulator.whatif.Sweep;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Questions of many estimates: Llama-3.1-8B by LoRA on an A100. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class SweepBenchmark {
    private final Catalogs catalogs = new Catalogs();
    private JobSource job = JobSource.empty();
    private Sweep sweep = Sweep.of(job);

    @Setup
    public void describe() {
        job = JobSource.empty()
                .with(JobKey.MODEL, "llama-3.1-8b")
                .with(JobKey.SEQUENCE_LENGTH, "2048")
                .withGpu("a100-80gb");
        sweep = Sweep.of(job)
                .with(catalogs)
                .over(Axis.ofRange(JobKey.MICRO_BATCH, 1, 100, 1))
                .over(Axis.ofRange(JobKey.SEQUENCE_LENGTH, 1, 1000, 1));
    }

    /** A hundred thousand analytic rows as CSV, with the recordings behind their formulas. */
    @Benchmark
    public void sweepHundredThousandRows(Blackhole sink) {
        SweepText text = SweepText.csv(sweep.axes());
        sweep.run(text::rows, sink::consume, (done, total) -> {});
    }

    /** A job's peak as a function, learnt at one point. */
    @Benchmark
    public long learnFormula() {
        PeakFunction function =
                MemoryModel.standard().peakFunction(catalogs.workplace(job).resolve(job.read()));
        return function.at(1, 2048);
    }

    /** The longest context, by formula and about 27 replays. */
    @Benchmark
    public Solver.Maximum longestContext() {
        return new Solver(catalogs).largest(job, JobKey.SEQUENCE_LENGTH);
    }
}
