package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.simulator.whatif.Advice;
import dev.headroom.simulator.whatif.Advice.Plan;
import dev.headroom.simulator.whatif.Advice.Refused;
import dev.headroom.simulator.whatif.Advice.Suggestion;
import dev.headroom.simulator.whatif.Change;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What to change about a job so that it fits.
 *
 * @param advice the advice
 */
public record AdviceReport(Advice advice) implements Report {
    private static final String[] TIME = {"none", "little", "some", "much"};
    private static final String[] RISK = {"none", "little", "some", "much"};

    @Override
    public Document document(Unit unit) {
        Document document = new Document();
        EstimateReport.verdict(document, advice.before(), unit);
        if (advice.plan().isPresent()) {
            plan(document, advice.plan().get(), unit);
        } else if (advice.before().verdict().map(verdict -> !verdict.fits()).orElse(false)) {
            document.add(
                    Document.Tone.BAD, "Nothing Headroom has rules for makes it fit, all changes together included.");
        }
        singles(document, unit);
        if (!advice.front().isEmpty()) {
            front(document, unit);
        }
        document.heading("How to make each change");
        for (Suggestion suggestion : advice.suggestions()) {
            if (saves(suggestion)) {
                how(document, suggestion.change());
            }
        }
        if (!advice.unsupported().isEmpty()) {
            document.heading("Not computed");
            for (Refused refused : advice.unsupported()) {
                document.point("%s: %s".formatted(refused.change().id(), reasons(refused)));
            }
        }
        for (String warning : advice.before().warnings()) {
            document.paragraph("Warning: " + warning);
        }
        return document.paragraph(JobText.stack(advice.before().job()));
    }

    private static boolean saves(Suggestion suggestion) {
        return suggestion.process().count() > 0 || suggestion.allocated().count() > 0;
    }

    private static void plan(Document document, Plan plan, Unit unit) {
        document.heading("To make it fit, in this order [%s]".formatted(unit.label()));
        TextTable table = new TextTable("change", "saves", "process", "fits").left(3, true);
        for (Suggestion step : plan.steps()) {
            table.row(
                    step.change().id(),
                    unit.of(step.process().count()),
                    unit.of(step.after().process().count()),
                    step.after()
                            .verdict()
                            .map(verdict -> verdict.fits() ? "fits" : "not yet")
                            .orElse(""));
        }
        document.table(table);
        for (Suggestion step : plan.steps()) {
            document.point(
                    "%s: %s. %s".formatted(step.change().id(), step.change().title(), configuration(step.change())));
        }
        document.paragraph("Options: " + options(plan));
    }

    private static String options(Plan plan) {
        return plan.steps().stream().map(step -> step.change().options()).collect(Collectors.joining(" "));
    }

    private static String configuration(Change change) {
        return String.join(
                " ", change.configuration().stream().map(String::strip).toList());
    }

    private void singles(Document document, Unit unit) {
        document.heading("What each change saves alone [%s]".formatted(unit.label()));
        TextTable table = new TextTable("change", "process", "allocated", "fits", "time", "risk")
                .left(3, true)
                .left(4, true)
                .left(5, true);
        for (Suggestion suggestion : advice.suggestions()) {
            table.row(
                    suggestion.change().id(),
                    unit.of(suggestion.process().count()),
                    unit.of(suggestion.allocated().count()),
                    fits(suggestion),
                    TIME[suggestion.change().cost().time()],
                    RISK[suggestion.change().cost().risk()]);
        }
        document.table(table);
        document.paragraph("Savings are differences of two estimates; they do not add up. A negative one takes more.");
    }

    private static String fits(Suggestion suggestion) {
        return suggestion
                .after()
                .verdict()
                .map(verdict -> verdict.fits() ? "yes" : "no")
                .orElse("–");
    }

    private void front(Document document, Unit unit) {
        document.heading("Combinations that none beats in memory, time and risk at once [%s]".formatted(unit.label()));
        TextTable table = new TextTable("process", "fits", "time", "risk", "changes")
                .left(0, false)
                .left(1, true)
                .left(4, true);
        for (Plan plan : advice.front()) {
            table.row(
                    unit.of(plan.answers().process().count()),
                    plan.answers()
                            .verdict()
                            .map(verdict -> verdict.fits() ? "yes" : "no")
                            .orElse("–"),
                    Integer.toString(plan.time()),
                    Integer.toString(plan.risk()),
                    Integer.toString(plan.steps().size()));
        }
        document.table(table);
        for (Plan plan : advice.front()) {
            document.point("%s: %s"
                    .formatted(
                            unit.of(plan.answers().process().count()),
                            plan.steps().isEmpty()
                                    ? "as it is"
                                    : plan.steps().stream()
                                            .map(step -> step.change().id())
                                            .collect(Collectors.joining(", "))));
        }
    }

    private static void how(Document document, Change change) {
        document.point("%s (%s): %s. Cost: %s. %s"
                .formatted(
                        change.id(),
                        change.options(),
                        change.title(),
                        change.cost().words(),
                        configuration(change)));
    }

    private static String reasons(Refused refused) {
        return refused.problems().stream().map(problem -> problem.message()).collect(Collectors.joining("; "));
    }

    @Override
    public String json() {
        return JsonText.versioned(json -> {
            JsonText.job(json, advice.before().job().job());
            json.writeObjectFieldStart("before");
            AnswersJson.write(json, advice.before().answers());
            json.writeEndObject();
            json.writeArrayFieldStart("suggestions");
            for (Suggestion suggestion : advice.suggestions()) {
                suggestion(json, suggestion);
            }
            json.writeEndArray();
            json.writeFieldName("plan");
            if (advice.plan().isPresent()) {
                plan(json, advice.plan().get());
            } else {
                json.writeNull();
            }
            json.writeArrayFieldStart("front");
            for (Plan plan : advice.front()) {
                plan(json, plan);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("unsupported");
            for (Refused refused : advice.unsupported()) {
                json.writeStartObject();
                json.writeStringField("change", refused.change().id());
                json.writeStringField("title", refused.change().title());
                AnswersJson.problems(json, refused.problems());
                json.writeEndObject();
            }
            json.writeEndArray();
            JsonText.strings(json, "warnings", advice.before().warnings());
        });
    }

    private static void plan(JsonGenerator json, Plan plan) throws IOException {
        json.writeStartObject();
        AnswersJson.write(json, plan.answers());
        json.writeNumberField("timeLevel", plan.time());
        json.writeNumberField("riskLevel", plan.risk());
        json.writeStringField("options", options(plan));
        json.writeArrayFieldStart("steps");
        for (Suggestion step : plan.steps()) {
            suggestion(json, step);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void suggestion(JsonGenerator json, Suggestion suggestion) throws IOException {
        Change change = suggestion.change();
        json.writeStartObject();
        json.writeStringField("change", change.id());
        json.writeStringField("title", change.title());
        json.writeNumberField("savedProcessBytes", suggestion.process().count());
        json.writeNumberField("savedAllocatedBytes", suggestion.allocated().count());
        json.writeObjectFieldStart("after");
        AnswersJson.write(json, suggestion.after());
        json.writeEndObject();
        how(json, change);
        json.writeEndObject();
    }

    /** What a change costs and how it is made: fields of the object that is open. */
    static void how(JsonGenerator json, Change change) throws IOException {
        json.writeNumberField("timeLevel", change.cost().time());
        json.writeNumberField("riskLevel", change.cost().risk());
        json.writeStringField("cost", change.cost().words());
        json.writeStringField("options", change.options());
        JsonText.strings(json, "configuration", change.configuration());
    }

    @Override
    public String csv() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "change",
                "savedProcessBytes",
                "savedAllocatedBytes",
                "processBytes",
                "fits",
                "timeLevel",
                "riskLevel",
                "options",
                "message"));
        for (Suggestion suggestion : advice.suggestions()) {
            Change change = suggestion.change();
            rows.add(List.of(
                    change.id(),
                    Long.toString(suggestion.process().count()),
                    Long.toString(suggestion.allocated().count()),
                    Long.toString(suggestion.after().process().count()),
                    suggestion
                            .after()
                            .verdict()
                            .map(verdict -> Boolean.toString(verdict.fits()))
                            .orElse(""),
                    Integer.toString(change.cost().time()),
                    Integer.toString(change.cost().risk()),
                    change.options(),
                    ""));
        }
        for (Refused refused : advice.unsupported()) {
            rows.add(List.of(refused.change().id(), "", "", "", "", "", "", "", reasons(refused)));
        }
        return CsvText.of(rows);
    }
}
