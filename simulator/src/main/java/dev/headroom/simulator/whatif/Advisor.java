package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryAnswers;
import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.quantity.BytesDelta;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.whatif.Advice.Plan;
import dev.headroom.simulator.whatif.Advice.Refused;
import dev.headroom.simulator.whatif.Advice.Suggestion;
import dev.headroom.simulator.whatif.AdviceOutline.Outlook;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Finds what to change about a job so that it fits its card. Every saving is the difference of two estimates by replay; none
 * is written down anywhere. Immutable and safe for use by several threads.
 */
public final class Advisor {
    /** Combinations tried for the front at most. */
    private static final int MOST_COMBINATIONS = 200;

    private final Catalogs catalogs;

    public Advisor() {
        this(new Catalogs());
    }

    /** An advisor that shares models and cards with other questions. */
    public Advisor(Catalogs catalogs) {
        this.catalogs = catalogs;
    }

    /**
     * Advice on a job: about a dozen estimates for the changes alone and the plan, and up to a few hundred for the front.
     *
     * @param source the job; without a card there is no plan
     * @throws InputException if the job is wrong
     * @throws RefusedJobException if no rule covers it
     */
    public Advice advise(JobSource source) {
        return advise(source, estimate(source));
    }

    /**
     * The same for a job that has been estimated already.
     *
     * @param before the estimate of this job with this advisor's catalogs
     * @throws InputException if the job is wrong
     */
    public Advice advise(JobSource source, MemoryEstimate before) {
        Trials trials = new Trials(catalogs);
        Advice quick = suggest(source, before, trials);
        return new Advice(
                quick.before(), quick.suggestions(), quick.unsupported(), quick.plan(), front(source, quick, trials));
    }

    /**
     * The same without the front, in a tenth of the time.
     *
     * @throws InputException if the job is wrong
     * @throws RefusedJobException if no rule covers it
     */
    public Advice suggest(JobSource source) {
        return suggest(source, estimate(source), new Trials(catalogs));
    }

    /**
     * The same for a job that has been estimated already.
     *
     * @param before the estimate of this job with this advisor's catalogs
     * @throws InputException if the job is wrong
     */
    public Advice suggest(JobSource source, MemoryEstimate before) {
        return suggest(source, before, new Trials(catalogs));
    }

    /**
     * What changes save by the analytic reading: without replay, in a fraction of the time.
     *
     * @throws InputException if the job is wrong
     * @throws RefusedJobException if no rule covers it
     */
    public AdviceOutline outline(JobSource source) {
        Workplace workplace = catalogs.workplace(source);
        FineTuningJob job = source.read();
        Bytes before = workplace.processAtLeast(job);
        OptionalLong available =
                workplace.gpu().isPresent() ? OptionalLong.of(workplace.available()) : OptionalLong.empty();
        Trials trials = new Trials(catalogs);
        List<Change> changes = Changes.of(source, job, workplace.model().hiddenSize()).stream()
                .filter(change -> !change.values().isEmpty())
                .toList();
        List<Outlook> outlooks = InParallel.map(
                        changes,
                        change -> possibly(() -> trials.processAtLeast(change.applyTo(source)))
                                .map(after -> new Outlook(
                                        change,
                                        after,
                                        BytesDelta.between(before, after),
                                        available.isPresent() && after.count() > available.getAsLong())))
                .stream()
                .flatMap(Optional::stream)
                .sorted(Comparator.comparing(Outlook::requested).reversed())
                .toList();
        return new AdviceOutline(job, before, outlooks);
    }

    private MemoryEstimate estimate(JobSource source) {
        return catalogs.workplace(source).estimate(source.read());
    }

    private Advice suggest(JobSource source, MemoryEstimate before, Trials trials) {
        MemoryAnswers start = before.answers();
        List<Suggestion> suggestions = new ArrayList<>();
        List<Refused> refused = new ArrayList<>();
        for (Attempt attempt : attempts(
                source,
                start,
                trials,
                Changes.of(source, source.read(), before.job().architecture().hiddenSize()))) {
            attempt.suggestion().ifPresent(suggestions::add);
            if (attempt.suggestion().isEmpty()) {
                refused.add(new Refused(attempt.change(), attempt.problems()));
            }
        }
        suggestions.sort(Comparator.comparing(Suggestion::process)
                .thenComparing(Suggestion::allocated)
                .reversed());
        boolean fits = before.verdict().map(MemoryEstimate.Verdict::fits).orElse(true);
        Optional<Plan> plan = fits ? Optional.empty() : plan(source, start, suggestions, trials);
        return new Advice(before, suggestions, refused, plan, List.of());
    }

    /** One change, and what came of it. */
    private record Attempt(Change change, Optional<Suggestion> suggestion, List<Problem> problems) {}

    private static List<Attempt> attempts(JobSource source, MemoryAnswers before, Trials trials, List<Change> changes) {
        return InParallel.map(changes, change -> attempt(source, before, trials, change));
    }

    private static Attempt attempt(JobSource source, MemoryAnswers before, Trials trials, Change change) {
        if (change.values().isEmpty()) {
            return new Attempt(
                    change,
                    Optional.empty(),
                    List.of(Problem.unsupported(change.id(), "no rule for " + change.title() + " yet")));
        }
        try {
            return new Attempt(
                    change, Optional.of(suggestion(change, before, trials.answers(change.applyTo(source)))), List.of());
        } catch (InputException e) {
            return new Attempt(change, Optional.empty(), Outcome.problems(e));
        } catch (RefusedJobException e) {
            return new Attempt(change, Optional.empty(), e.problems());
        }
    }

    private static Suggestion suggestion(Change change, MemoryAnswers before, MemoryAnswers after) {
        return new Suggestion(
                change,
                after,
                BytesDelta.between(before.peakAllocated(), after.peakAllocated()),
                BytesDelta.between(before.process(), after.process()));
    }

    /**
     * Changes from the cheapest on, the largest saving first, until it fits; then without those it fits without. Those that
     * would not fit whatever the allocator does are not replayed.
     */
    private static Optional<Plan> plan(
            JobSource source, MemoryAnswers start, List<Suggestion> suggestions, Trials trials) {
        List<Change> chosen = new ArrayList<>();
        List<Change> cheapestFirst = suggestions.stream()
                .filter(Advisor::saves)
                .map(Suggestion::change)
                .sorted(Comparator.comparingInt(change -> change.cost().total()))
                .toList();
        Bytes least = trials.processAtLeast(source);
        for (Change change : cheapestFirst) {
            List<Change> more = new ArrayList<>(chosen);
            more.removeIf(known -> known.group().equals(change.group()));
            more.add(change);
            JobSource changed = applied(source, more);
            Optional<Bytes> with = possibly(() -> trials.processAtLeast(changed));
            if (with.isPresent() && with.get().compareTo(least) <= 0) {
                chosen = more;
                least = with.get();
                if (trials.fits(changed)) {
                    List<Change> needed = needed(source, chosen, trials);
                    return possibly(() -> steps(source, start, needed, trials));
                }
            }
        }
        return Optional.empty();
    }

    /** Those changes without which it would not fit: the costliest are dropped first, if they can be. */
    private static List<Change> needed(JobSource source, List<Change> chosen, Trials trials) {
        List<Change> needed = new ArrayList<>(chosen);
        List<Change> costliestFirst = chosen.stream()
                .sorted(Comparator.comparingInt((Change change) -> change.cost().total())
                        .reversed())
                .toList();
        for (Change change : costliestFirst) {
            List<Change> fewer = new ArrayList<>(needed);
            fewer.remove(change);
            if (possibly(() -> trials.fits(applied(source, fewer))).orElse(false)) {
                needed = fewer;
            }
        }
        return needed;
    }

    private static Plan steps(JobSource source, MemoryAnswers start, List<Change> changes, Trials trials) {
        List<MemoryAnswers> answers = new ArrayList<>(List.of(start));
        List<Integer> counts = IntStream.rangeClosed(1, changes.size()).boxed().toList();
        answers.addAll(InParallel.map(counts, made -> trials.answers(applied(source, changes.subList(0, made)))));
        List<Suggestion> steps = IntStream.range(0, changes.size())
                .mapToObj(i -> suggestion(changes.get(i), answers.get(i), answers.get(i + 1)))
                .toList();
        return new Plan(steps, answers.get(changes.size()));
    }

    /** Nothing for changes that have rules alone, but not all together. */
    private static <T> Optional<T> possibly(Supplier<T> answer) {
        try {
            return Optional.of(answer.get());
        } catch (InputException | RefusedJobException e) {
            return Optional.empty();
        }
    }

    private static JobSource applied(JobSource source, List<Change> changes) {
        JobSource changed = source;
        for (Change change : changes) {
            changed = change.applyTo(changed);
        }
        return changed;
    }

    private static boolean saves(Suggestion suggestion) {
        return suggestion.process().count() > 0 || suggestion.allocated().count() > 0;
    }

    /** Nothing, everything that costs nothing, and that with every choice of what costs something. */
    private static List<Plan> front(JobSource source, Advice advice, Trials trials) {
        MemoryAnswers start = advice.before().answers();
        List<Change> free = new ArrayList<>();
        Map<String, List<Change>> costly = new LinkedHashMap<>();
        for (Suggestion suggestion : advice.suggestions()) {
            Change change = suggestion.change();
            if (!saves(suggestion) || hasFreeRival(suggestion, advice.suggestions())) {
                continue;
            }
            if (change.cost().total() > 0) {
                costly.computeIfAbsent(change.group(), group -> new ArrayList<>())
                        .add(change);
            } else if (free.stream().noneMatch(known -> known.group().equals(change.group()))) {
                free.add(change);
            }
        }
        List<List<Change>> combinations = combinations(free, costly);
        List<Plan> plans = InParallel.map(
                        combinations,
                        changes -> possibly(() -> trials.answers(applied(source, changes)))
                                .map(answers -> new Plan(
                                        changes.stream()
                                                .map(change -> suggestion(change, start, answers))
                                                .toList(),
                                        answers)))
                .stream()
                .flatMap(Optional::stream)
                .toList();
        return undominated(plans).stream()
                .map(plan -> plan.steps().stream().map(Suggestion::change).toList())
                .flatMap(changes -> possibly(() -> steps(source, start, changes, trials)).stream())
                .toList();
    }

    /** Whether a change that costs nothing saves as much in the place of one that costs something. */
    private static boolean hasFreeRival(Suggestion one, List<Suggestion> suggestions) {
        return one.change().cost().total() > 0
                && suggestions.stream()
                        .anyMatch(other -> other.change()
                                        .group()
                                        .equals(one.change().group())
                                && other.change().cost().total() == 0
                                && other.process().count() >= one.process().count()
                                && other.allocated().count() >= one.allocated().count());
    }

    private static List<List<Change>> combinations(List<Change> free, Map<String, List<Change>> costly) {
        List<List<Change>> combinations = new ArrayList<>(List.of(List.of(), free));
        for (List<Change> choices : costly.values()) {
            List<List<Change>> more = new ArrayList<>();
            for (List<Change> combination : combinations.subList(1, combinations.size())) {
                for (Change choice : choices) {
                    List<Change> with = new ArrayList<>(combination);
                    with.removeIf(known -> known.group().equals(choice.group()));
                    with.add(choice);
                    more.add(with);
                }
            }
            if (combinations.size() + more.size() > MOST_COMBINATIONS) {
                break; // Groups are in the order of what they save alone, so the least is left out.
            }
            combinations.addAll(more);
        }
        return combinations;
    }

    private static List<Plan> undominated(List<Plan> plans) {
        List<Plan> front = new ArrayList<>();
        for (Plan plan : plans) {
            boolean beaten = plans.stream().anyMatch(other -> beats(other, plan))
                    || front.stream().anyMatch(other -> equal(other, plan));
            if (!beaten) {
                front.add(plan);
            }
        }
        front.sort(Comparator.comparing((Plan plan) -> plan.answers().process()).reversed());
        return front;
    }

    private static boolean beats(Plan one, Plan other) {
        int bytes = one.answers().process().compareTo(other.answers().process());
        boolean noWorse = bytes <= 0 && one.time() <= other.time() && one.risk() <= other.risk();
        return noWorse && !equal(one, other);
    }

    private static boolean equal(Plan one, Plan other) {
        return one.answers().process().equals(other.answers().process())
                && one.time() == other.time()
                && one.risk() == other.risk();
    }
}
