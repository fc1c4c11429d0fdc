package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.simulator.calibration.Calibration;
import dev.headroom.simulator.calibration.Calibration.Fit;
import dev.headroom.simulator.calibration.FittedConstant;
import dev.headroom.simulator.calibration.Interval;
import dev.headroom.simulator.measured.Comparison;
import dev.headroom.simulator.measured.ErrorStatistics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was fitted, how well the records know it, and how far off it is on records that were held out.
 *
 * @param calibration the fits
 * @param file where the calibration was written, if it was
 */
public record CalibrationReport(Calibration calibration, Optional<String> file) implements Report {
    @Override
    public Document document(Unit unit) {
        Document document = new Document();
        for (Fit fit : calibration.fits()) {
            document.paragraph("%s: fitted to %s records, %s held out; pages of %s."
                    .formatted(
                            fit.platform(),
                            Numbers.grouped(fit.records()),
                            Numbers.grouped(fit.heldOut().size()),
                            unit.fine(fit.overhead().page().count())));
            document.table(constants(fit, unit));
            for (FittedConstant constant : fit.constants()) {
                if (constant.value().count() == 0
                        && constant.interval().filter(known -> known.high() < 0).isPresent()) {
                    document.paragraph(
                            "The records hold less than is predicted of their arrays, so nothing is added for the %s."
                                    .formatted(constant.label()));
                }
            }
            document.heading("Process of the records held out, predicted against measured");
            document.table(heldOut(fit, unit));
        }
        if (!calibration.leftOut().isEmpty()) {
            document.heading("Records that tell nothing");
            calibration.leftOut().forEach((reason, count) -> document.point(count + " " + reason));
        }
        document.paragraph(
                file.map(name -> "%s written; 'headroom estimate … --calibration %s' uses it.".formatted(name, name))
                        .orElse("Nothing was written; -o FILE keeps it for --calibration."));
        return document;
    }

    private static TextTable constants(Fit fit, Unit unit) {
        TextTable table = new TextTable("constant", "used", "estimate", "95 % interval").left(3, true);
        for (FittedConstant constant : fit.constants()) {
            Optional<Interval> interval = constant.interval();
            table.row(
                    constant.label(),
                    unit.fine(constant.value().count()),
                    interval.map(known -> fine(unit, known.estimate())).orElse("–"),
                    interval.map(known -> fine(unit, known.low()) + " to " + fine(unit, known.high()))
                            .orElse("no record tells; as on " + fit.builtInCard()));
        }
        return table;
    }

    private static String fine(Unit unit, double bytes) {
        return unit.fine(Math.round(bytes));
    }

    private static TextTable heldOut(Fit fit, Unit unit) {
        TextTable table = new TextTable("constants", "exact", "median", "p90", "max", "max");
        row(table, "fitted", fit.heldOut(), unit);
        row(table, "Headroom's (" + fit.builtInCard() + ")", fit.builtIn(), unit);
        return table;
    }

    private static void row(TextTable table, String name, List<Comparison> comparisons, Unit unit) {
        ErrorStatistics errors = ErrorStatistics.of(comparisons);
        table.row(
                name,
                Numbers.percent(errors.equalToTheByte()),
                percent(errors.median()),
                percent(errors.p90()),
                percent(errors.max()),
                unit.fine(Fit.largestDifference(comparisons)));
    }

    private static String percent(double ratio) {
        return Numbers.decimals(100 * ratio, 3) + " %";
    }

    @Override
    public String json() {
        return JsonText.versioned(json -> {
            json.writeArrayFieldStart("platforms");
            for (Fit fit : calibration.fits()) {
                platform(json, fit);
            }
            json.writeEndArray();
            json.writeNumberField("usedRecords", calibration.used());
            json.writeArrayFieldStart("leftOut");
            for (Map.Entry<String, Integer> reason : calibration.leftOut().entrySet()) {
                json.writeStartObject();
                json.writeStringField("reason", reason.getKey());
                json.writeNumberField("records", reason.getValue());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private static void platform(JsonGenerator json, Fit fit) throws IOException {
        ProcessOverhead overhead = fit.overhead();
        json.writeStartObject();
        json.writeStringField("gpu", overhead.gpu());
        json.writeStringField("driver", overhead.driver());
        json.writeStringField("libraries", overhead.stack());
        json.writeNumberField("pageBytes", overhead.page().count());
        json.writeNumberField("fittedRecords", fit.records());
        json.writeArrayFieldStart("constants");
        for (FittedConstant constant : fit.constants()) {
            json.writeStartObject();
            json.writeStringField("constant", constant.id());
            json.writeNumberField("bytes", constant.value().count());
            if (constant.interval().isPresent()) {
                Interval interval = constant.interval().get();
                json.writeNumberField("estimateBytes", Math.round(interval.estimate()));
                json.writeNumberField("lowBytes", Math.round(interval.low()));
                json.writeNumberField("highBytes", Math.round(interval.high()));
            } else {
                json.writeStringField("carriedOverFrom", fit.builtInCard());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeNumberField("confidence", Interval.CONFIDENCE);
        heldOut(json, "heldOut", fit.heldOut());
        heldOut(json, "heldOutWithBuiltIn", fit.builtIn());
        json.writeEndObject();
    }

    private static void heldOut(JsonGenerator json, String key, List<Comparison> comparisons) throws IOException {
        ErrorStatistics errors = ErrorStatistics.of(comparisons);
        json.writeObjectFieldStart(key);
        json.writeNumberField("records", errors.count());
        json.writeNumberField("equalToTheByte", errors.equalToTheByte());
        json.writeNumberField("median", errors.median());
        json.writeNumberField("p90", errors.p90());
        json.writeNumberField("max", errors.max());
        json.writeNumberField("maxBytes", Fit.largestDifference(comparisons));
        json.writeEndObject();
    }

    @Override
    public String csv() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("gpu", "constant", "bytes", "estimateBytes", "lowBytes", "highBytes"));
        for (Fit fit : calibration.fits()) {
            for (FittedConstant constant : fit.constants()) {
                Optional<Interval> interval = constant.interval();
                rows.add(List.of(
                        fit.platform().gpu(),
                        constant.id(),
                        Long.toString(constant.value().count()),
                        interval.map(known -> whole(known.estimate())).orElse(""),
                        interval.map(known -> whole(known.low())).orElse(""),
                        interval.map(known -> whole(known.high())).orElse("")));
            }
        }
        return CsvText.of(rows);
    }

    private static String whole(double bytes) {
        return Long.toString(Math.round(bytes));
    }
}
