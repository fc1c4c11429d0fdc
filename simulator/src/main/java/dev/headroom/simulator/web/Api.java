package dev.headroom.simulator.web;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.analytic.PeakComposition;
import dev.headroom.model.explain.StepTimeline;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.training.BatchShape;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.report.AdviceOutlineJson;
import dev.headroom.simulator.report.AdviceReport;
import dev.headroom.simulator.report.CompareReport;
import dev.headroom.simulator.report.CompositionJson;
import dev.headroom.simulator.report.EstimateReport;
import dev.headroom.simulator.report.ExplainReport;
import dev.headroom.simulator.report.TimelineJson;
import dev.headroom.simulator.whatif.Advisor;
import dev.headroom.simulator.whatif.Catalogs;
import dev.headroom.simulator.whatif.LengthCurve;
import dev.headroom.simulator.whatif.MethodGrid;
import dev.headroom.simulator.whatif.Reading;
import dev.headroom.simulator.whatif.Workplace;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** Answers the questions of the API: a body in, JSON out. Safe for use by several threads. */
final class Api {
    private static final String METHODS = "methods";
    private static final String FRONT = "front";
    private static final String READING = "reading";
    private static final String SAMPLES = "samples";
    private static final String LENGTHS = "sequenceLengths";
    private static final List<String> STANDARD_METHODS = List.of("full", "lora");

    /** More cells of a comparison take more than a few seconds. */
    private static final int MOST_CELLS = 200;

    /** Recorded work grows with both; more of it takes more than a few seconds. */
    private static final int MOST_MICRO_BATCHES = 64;

    /** More of a timeline is more than anyone draws. */
    private static final int MOST_SAMPLES = 5000;

    private static final int CACHED_ESTIMATES = 256;
    private static final int CACHED_COMPOSITIONS = 64;

    /** An eighth of the heap remembers programs. */
    private final Catalogs catalogs =
            new Catalogs(List.of(), MemoryModel.remembering(Runtime.getRuntime().maxMemory() / 8));

    private final ModelNames models = new ModelNames(new ModelCatalog());
    private final Map<String, Function<String, String>> questions = new TreeMap<>();
    private final BoundedCache<AskedJob, MemoryEstimate> estimates = new BoundedCache<>(CACHED_ESTIMATES, entry -> 1);
    private final BoundedCache<AskedJob, PeakComposition> compositions =
            new BoundedCache<>(CACHED_COMPOSITIONS, entry -> 1);

    /** A job where it was asked for: what its answer depends on. */
    private record AskedJob(FineTuningJob job, Workplace workplace) {}

    Api() {
        questions.put("estimate", this::estimate);
        questions.put("explain", this::explain);
        questions.put("compare", this::compare);
        questions.put("composition", this::composition);
        questions.put("timeline", this::timeline);
        questions.put("advise", this::advise);
        questions.put("solve", this::solve);
        questions.put("sweep", new SweepQuestion(catalogs, models)::answer);
    }

    /** The names of the questions. */
    List<String> questions() {
        return List.copyOf(questions.keySet());
    }

    /**
     * Answers a question.
     *
     * @param body JSON
     * @return JSON; none if there is no such question
     * @throws RefusedRequest if the body makes no sense or needs a missing rule
     */
    Optional<String> answer(String question, String body) {
        Function<String, String> answer = questions.get(question);
        if (answer == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(answer.apply(body));
        } catch (InputException e) {
            throw RefusedRequest.of(e);
        }
    }

    private String estimate(String text) {
        return new EstimateReport(estimate(read(text, List.of()).job())).json();
    }

    private String explain(String text) {
        return ExplainReport.of(estimate(read(text, List.of()).job())).json();
    }

    private MemoryEstimate estimate(JobSource source) {
        AskedJob asked = asked(source);
        Optional<MemoryEstimate> known = estimates.get(asked);
        if (known.isPresent()) {
            return known.get();
        }
        try {
            MemoryEstimate estimate = asked.workplace().estimate(asked.job());
            estimates.put(asked, estimate);
            return estimate;
        } catch (RefusedJobException e) {
            throw source.refused(e);
        }
    }

    private String compare(String text) {
        Body body = read(text, List.of(METHODS, LENGTHS));
        MethodGrid.Axes axes = axes(body);
        MethodGrid grid = MethodGrid.of(body.job(), axes, catalogs::surroundings);
        return new CompareReport(grid.job(), grid.comparison()).json();
    }

    private String composition(String text) {
        Body body = read(text, List.of(METHODS, LENGTHS));
        MethodGrid.Axes axes = axes(body);
        JobSource atFirst = body.job()
                .with(
                        JobKey.SEQUENCE_LENGTH,
                        Scalar.ofOption(LENGTHS, Integer.toString(axes.lengths().get(0))));
        List<JobSource> sources = axes.methods().stream()
                .map(method -> atFirst.withMethod(Scalar.ofOption(METHODS, method)))
                .toList();
        List<AskedJob> jobs = sources.stream().map(this::asked).toList();
        List<LengthCurve> curves =
                jobs.parallelStream().map(asked -> curve(asked, axes.lengths())).toList();
        if (curves.stream().allMatch(curve -> curve.points().isEmpty())) {
            throw sources.get(0).refused(curves.get(0).problems());
        }
        return CompositionJson.of(jobs.get(0).job(), curves);
    }

    private LengthCurve curve(AskedJob asked, List<Integer> lengths) {
        FineTuningJob job = asked.job();
        FineTuningJob unsized = job.withBatch(new BatchShape(1, 1, job.batch().padded()));
        AskedJob key = new AskedJob(unsized, asked.workplace());
        ResolvedJob resolved;
        try {
            resolved = asked.workplace().resolve(job);
        } catch (RefusedJobException e) {
            return new LengthCurve(job.method().name(), List.of(), e.problems());
        }
        PeakComposition peaks = compositions.get(key).orElseGet(() -> {
            PeakComposition fresh = asked.workplace().memory().peakComposition(resolved);
            compositions.put(key, fresh);
            return fresh;
        });
        return LengthCurve.of(resolved, peaks, lengths);
    }

    private String timeline(String text) {
        Body body = read(text, List.of(SAMPLES));
        JobSource source = body.job();
        AskedJob asked = asked(source);
        int samples = body.number(SAMPLES, MOST_SAMPLES).orElse(StepTimeline.STANDARD_SAMPLES);
        try {
            return TimelineJson.of(asked.job(), asked.workplace().stepTimeline(asked.job(), samples));
        } catch (RefusedJobException e) {
            throw source.refused(e);
        }
    }

    private String advise(String text) {
        Body body = read(text, List.of(FRONT, READING));
        boolean front = body.flag(FRONT).orElse(true);
        Reading reading = body.reading(READING).orElse(Reading.REPLAY);
        Advisor advisor = new Advisor(catalogs);
        try {
            if (reading == Reading.ANALYTIC) {
                asked(body.job()); // which refuses what takes too long
                return AdviceOutlineJson.of(advisor.outline(body.job()));
            }
            MemoryEstimate before = estimate(body.job());
            return new AdviceReport(front ? advisor.advise(body.job(), before) : advisor.suggest(body.job(), before))
                    .json();
        } catch (RefusedJobException e) {
            throw body.job().refused(e);
        }
    }

    private String solve(String text) {
        return new SolveQuestion(catalogs).answer(read(text, SolveQuestion.KEYS));
    }

    private Body read(String text, List<String> ownKeys) {
        Body body = Body.read(text, ownKeys);
        JobSource job = models.checked(body.job());
        Optional<Scalar> gpu = job.gpuName();
        if (gpu.isPresent()) {
            // Names of drivers may be in any case; one spelling of each is enough to remember.
            Scalar name = gpu.get();
            job = job.withGpu(new Scalar(name.place(), name.text().toLowerCase(Locale.ROOT), name.type()));
        }
        return new Body(job, body.own());
    }

    private AskedJob asked(JobSource source) {
        Workplace workplace = catalogs.workplace(source);
        FineTuningJob job = source.read();
        if (job.gradientAccumulation() > MOST_MICRO_BATCHES) {
            throw new InputException(
                    source.placeOf(JobKey.GRADIENT_ACCUMULATION.path()),
                    "'%s' is at most %d here, found %d"
                            .formatted(
                                    JobKey.GRADIENT_ACCUMULATION.path(),
                                    MOST_MICRO_BATCHES,
                                    job.gradientAccumulation()),
                    "The peak does not change from the third micro-batch on.");
        }
        return new AskedJob(job, workplace);
    }

    private MethodGrid.Axes axes(Body body) {
        List<String> methods = body.words(METHODS).orElse(STANDARD_METHODS);
        List<Integer> lengths = body.numbers(LENGTHS)
                .orElseGet(() -> List.of(body.job()
                        .sequenceLength()
                        .orElseGet(() -> body.job().read().batch().sequenceLength())));
        if ((long) methods.size() * lengths.size() > MOST_CELLS) {
            throw new RefusedRequest(
                    Reply.UNPROCESSABLE,
                    "%d methods × %d lengths are too many: at most %d cells a request. 'headroom compare' and 'headroom sweep' have no such limit."
                            .formatted(methods.size(), lengths.size(), MOST_CELLS));
        }
        List<Integer> ascending = new ArrayList<>(lengths);
        ascending.sort(null);
        return new MethodGrid.Axes(methods, METHODS, ascending, LENGTHS);
    }
}
