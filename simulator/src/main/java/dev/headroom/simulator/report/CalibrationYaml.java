package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.simulator.calibration.Calibration;
import dev.headroom.simulator.calibration.Calibration.Fit;
import dev.headroom.simulator.calibration.FittedConstant;
import dev.headroom.simulator.calibration.Interval;
import dev.headroom.simulator.catalog.CalibrationFile;
import java.util.Optional;

/** Writes a calibration as {@link CalibrationFile} reads it; with each constant, what the records say. */
public final class CalibrationYaml {
    private final StringBuilder text = new StringBuilder();

    private CalibrationYaml() {}

    /** The whole file. */
    public static String of(Calibration calibration) {
        CalibrationYaml yaml = new CalibrationYaml();
        yaml.line("# What processes hold beside their arrays, fitted by 'headroom calibrate'; for --calibration.");
        yaml.line("schemaVersion: " + CalibrationFile.SCHEMA_VERSION);
        yaml.line("platforms:");
        calibration.fits().forEach(yaml::platform);
        return yaml.text.toString();
    }

    private void platform(Fit fit) {
        ProcessOverhead overhead = fit.overhead();
        line("  - gpu: " + quoted(overhead.gpu()));
        line("    driver: " + quoted(overhead.driver()));
        line("    stack: " + quoted(overhead.stack()));
        boolean modules = false;
        for (FittedConstant constant : fit.constants()) {
            boolean module = overhead.modules().keySet().stream()
                    .anyMatch(one -> one.id().equals(constant.id()));
            if (module && !modules) {
                line("    kernelsBytes:");
                modules = true;
            }
            constant(module ? "      " : "    ", constant, fit.builtInCard());
        }
        line("    pageBytes: " + overhead.page().count());
        line("    source: " + quoted(overhead.source()));
    }

    private void constant(String indent, FittedConstant constant, String card) {
        Optional<Interval> interval = constant.interval();
        line(indent + "# " + interval.map(CalibrationYaml::said).orElse("no record tells it; as on " + card));
        String comment = constant.value().count() == 0 ? "# nothing: " : "";
        line(indent + comment + constant.id() + ": " + constant.value().count());
    }

    private static String said(Interval interval) {
        return "estimate %d, 95 %% interval %d to %d"
                .formatted(Math.round(interval.estimate()), Math.round(interval.low()), Math.round(interval.high()));
    }

    private static String quoted(String value) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(value)) + '"';
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
