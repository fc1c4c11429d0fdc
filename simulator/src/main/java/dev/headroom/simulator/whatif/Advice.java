package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryAnswers;
import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.Problem;
import dev.headroom.model.quantity.BytesDelta;
import java.util.List;
import java.util.Optional;

/**
 * What can be changed about a job so that it takes less memory, or fits its card.
 *
 * @param before the job as it is
 * @param suggestions changes that have rules, one at a time: the largest saving of the process first
 * @param unsupported changes Headroom has no rules for yet, or that the job does not allow
 * @param plan changes that make it fit, in the order in which to make them, the cheapest first; empty if it fits as it is,
 *     or if nothing known makes it fit
 * @param front combinations of which none is beaten by another in memory, time and risk at once; the most memory first
 */
public record Advice(
        MemoryEstimate before,
        List<Suggestion> suggestions,
        List<Refused> unsupported,
        Optional<Plan> plan,
        List<Plan> front) {
    public Advice {
        suggestions = List.copyOf(suggestions);
        unsupported = List.copyOf(unsupported);
        front = List.copyOf(front);
    }

    /**
     * One change alone.
     *
     * @param change the change
     * @param after the answers with it
     * @param allocated bytes of the allocated peak it saves; negative if it takes more
     * @param process bytes of the process it saves
     */
    public record Suggestion(Change change, MemoryAnswers after, BytesDelta allocated, BytesDelta process) {}

    /** A change that cannot be estimated, with the reasons. */
    public record Refused(Change change, List<Problem> problems) {
        public Refused {
            problems = List.copyOf(problems);
        }
    }

    /**
     * Changes made together.
     *
     * @param steps the changes in order, each with the answers once it is made and what it adds to the saving
     * @param answers the answers with all of them
     */
    public record Plan(List<Suggestion> steps, MemoryAnswers answers) {
        public Plan {
            steps = List.copyOf(steps);
        }

        /** Whether the job fits its card with all of them. */
        public boolean fits() {
            return answers.verdict().map(MemoryEstimate.Verdict::fits).orElse(false);
        }

        /** Level of time lost: the sum of the changes'. */
        public int time() {
            return steps.stream().mapToInt(step -> step.change().cost().time()).sum();
        }

        /** Level of risk: the sum of the changes'. */
        public int risk() {
            return steps.stream().mapToInt(step -> step.change().cost().risk()).sum();
        }
    }
}
