package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryAnswers;
import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.quantity.BytesDelta;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.whatif.Advice.Plan;
import dev.headroom.simulator.whatif.Advice.Refused;
import dev.headroom.simulator.whatif.Advice.Suggestion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        Trials trials = new Trials(catalogs);
        Advice quick = suggest(source, trials);
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
        return suggest(source, new Trials(catalogs));
    }

    private Advice suggest(JobSource source, Trials trials) {
        Workplace workplace = catalogs.workplace(source);
        MemoryEstimate before = workplace.estimate(source.read());
        MemoryAnswers start =
                new MemoryAnswers(before.peakAllocated(), before.peakReserved(), before.process(), before.verdict());
        List<Suggestion> suggestions = new ArrayList<>();
        List<Refused> refused = new ArrayList<>();
        for (Attempt attempt : attempts(
                source,
                start,
                trials,
                Changes.of(source, source.read(), workplace.model().hiddenSize()))) {
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
        return changes.parallelStream()
                .map(change -> attempt(source, before, trials, change))
                .toList();
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

    /** Changes from the cheapest on, the largest saving first, until it fits; then without those it fits without. */
    private static Optional<Plan> plan(
            JobSource source, MemoryAnswers start, List<Suggestion> suggestions, Trials trials) {
        List<Change> chosen = new ArrayList<>();
        List<Suggestion> cheapestFirst = suggestions.stream()
                .filter(Advisor::saves)
                .sorted(Comparator.comparingInt(
                        suggestion -> suggestion.change().cost().total()))
                .toList();
        MemoryAnswers now = start;
        for (Suggestion suggestion : cheapestFirst) {
            if (fits(now)) {
                break;
            }
            Change change = suggestion.change();
            List<Change> more = new ArrayList<>(chosen);
            more.removeIf(known -> known.group().equals(change.group()));
            more.add(change);
            Optional<MemoryAnswers> with = together(source, more, trials);
            if (with.isPresent() && (with.get().process().compareTo(now.process()) < 0 || fits(with.get()))) {
                chosen = more;
                now = with.get();
            }
        }
        return fits(now) ? Optional.of(steps(source, start, needed(source, chosen, trials), trials)) : Optional.empty();
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
            if (together(source, fewer, trials).map(Advisor::fits).orElse(false)) {
                needed = fewer;
            }
        }
        return needed;
    }

    private static Plan steps(JobSource source, MemoryAnswers start, List<Change> changes, Trials trials) {
        List<Suggestion> steps = new ArrayList<>();
        List<Change> made = new ArrayList<>();
        MemoryAnswers now = start;
        for (Change change : changes) {
            made.add(change);
            MemoryAnswers next = together(source, made, trials).orElseThrow();
            steps.add(suggestion(change, now, next));
            now = next;
        }
        return new Plan(steps, now);
    }

    private static Optional<MemoryAnswers> together(JobSource source, List<Change> changes, Trials trials) {
        try {
            return Optional.of(trials.answers(applied(source, changes)));
        } catch (InputException | RefusedJobException e) {
            return Optional.empty(); // Each has rules alone, but not all together.
        }
    }

    private static JobSource applied(JobSource source, List<Change> changes) {
        JobSource changed = source;
        for (Change change : changes) {
            changed = change.applyTo(changed);
        }
        return changed;
    }

    private static boolean fits(MemoryAnswers answers) {
        return answers.verdict().map(MemoryEstimate.Verdict::fits).orElse(true);
    }

    private static boolean saves(Suggestion suggestion) {
        return suggestion.process().count() > 0 || suggestion.allocated().count() > 0;
    }

    /** Nothing, everything that costs nothing, and that with every choice of what costs something. */
    private static List<Plan> front(JobSource source, Advice advice, Trials trials) {
        MemoryAnswers start = new MemoryAnswers(
                advice.before().peakAllocated(),
                advice.before().peakReserved(),
                advice.before().process(),
                advice.before().verdict());
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
        List<Plan> plans = new ArrayList<>(IntStream.range(0, combinations.size())
                .parallel()
                .mapToObj(i -> together(source, combinations.get(i), trials)
                        .map(answers -> new Plan(
                                combinations.get(i).stream()
                                        .map(change -> suggestion(change, start, answers))
                                        .toList(),
                                answers)))
                .flatMap(Optional::stream)
                .toList());
        return undominated(plans).stream()
                .map(plan -> steps(
                        source,
                        start,
                        plan.steps().stream().map(Suggestion::change).toList(),
                        trials))
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
