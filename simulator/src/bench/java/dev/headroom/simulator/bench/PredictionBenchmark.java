package dev.headroom.simulator.bench;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.analytic.PeakFormula;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.pytorch.training.PyTorchRecorder;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.replay.Replay;
import dev.headroom.model.replay.ReplayResult;
import dev.headroom.model.training.AllocatorSettings;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Place;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The readings of one job: Llama-3.1-8B, bf16, 2048 tokens, and everything else at its default. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PredictionBenchmark {
    @Param({"full", "lora"})
    public String method;

    private ResolvedJob job;
    private StepProgram program;
    private PeakFormula formula;
    private int length;

    @Setup
    public void record() {
        JobSource source = JobSource.empty()
                .with(JobKey.MODEL, Scalar.ofOption("--model", "llama-3.1-8b"))
                .with(JobKey.SEQUENCE_LENGTH, Scalar.ofOption("--seq", "2048"))
                .withMethod(Scalar.ofOption("--method", method));
        FineTuningJob described = source.read();
        job = new JobResolver(new OverheadCatalog().all())
                .resolve(
                        described,
                        new ModelCatalog().architecture(described.model(), Place.of("benchmark")),
                        Optional.empty());
        program = PyTorchRecorder.record(job);
        formula = MemoryModel.standard().peakFormula(job);
    }

    /** Recording the program of three steps. */
    @Benchmark
    public StepProgram recordProgram() {
        return PyTorchRecorder.record(job);
    }

    /** Replaying it through the allocator. */
    @Benchmark
    public ReplayResult replay() {
        return Replay.of(program, AllocatorSettings.STANDARD, OptionalLong.empty());
    }

    /** Deriving the analytic form. */
    @Benchmark
    public PeakFormula compile() {
        return PeakFormula.of(program);
    }

    /** Evaluating it at another length each time. */
    @Benchmark
    public long analytic() {
        length = length % 4096 + 1;
        return formula.at(1, length);
    }

    /** All of it, with breakdown, formulas and sources. */
    @Benchmark
    public MemoryEstimate estimate() {
        return MemoryModel.standard().estimate(job, Bytes.ZERO);
    }
}
