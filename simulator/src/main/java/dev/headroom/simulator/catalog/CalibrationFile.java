package dev.headroom.simulator.catalog;

import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.model.platform.ProcessOverhead.Basis;
import dev.headroom.simulator.input.Fields;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.input.YamlReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads what {@code headroom calibrate} writes: what processes hold, fitted to a user's records. */
public final class CalibrationFile {
    /** The version of the layout. */
    public static final int SCHEMA_VERSION = 1;

    private CalibrationFile() {}

    /**
     * The platforms of a calibration, in its order.
     *
     * @throws InputException with every problem of the file
     */
    public static List<ProcessOverhead> read(String name) {
        InputText file = InputText.ofFile(name, InputText.JOB_LIMIT);
        Problems problems = new Problems();
        Fields root = Fields.of(YamlReader.read(file, problems), problems);
        if (root.positive("schemaVersion") != SCHEMA_VERSION) {
            problems.invalid(root.placeOf("schemaVersion"), "must be %s".formatted(SCHEMA_VERSION));
        }
        List<ProcessOverhead> platforms = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Fields fields : root.each("platforms")) {
            ProcessOverhead read = PlatformFields.read(fields, Basis.CALIBRATED);
            if (!seen.add(read.gpu() + (read.isOfNd4j() ? " under ND4J" : ""))) {
                problems.invalid(fields.placeOf("gpu"), "'%s' is there twice".formatted(read.gpu()));
            }
            platforms.add(read.from(Path.of(name).getFileName() + ": " + read.source()));
        }
        root.refuseOthers();
        problems.throwIfAny();
        return platforms;
    }
}
