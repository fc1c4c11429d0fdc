package dev.headroom.model;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The model only computes: what it may depend on, and that its packages form layers. */
@AnalyzeClasses(packages = "dev.headroom.model", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    @ArchTest
    static final ArchRule modelIsPure = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.io..",
                    "java.net..",
                    "java.nio.file..",
                    "java.awt..",
                    "java.time..",
                    "org.nd4j..",
                    "picocli..",
                    "dev.headroom.simulator..")
            .because("the model computes; the simulator reads, prints and serves");

    @ArchTest
    static final ArchRule modelNeedsOnlyTheLanguage = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.headroom.model..", "java.lang..", "java.util..", "java.math..", "org.jspecify..")
            .because("a formula that needs a library cannot be checked by reading it");

    @ArchTest
    static final ArchRule modelDoesNotAskTheSystem = noClasses()
            .should()
            .callMethodWhere(target(owner(type(System.class)))
                    .and(not(target(name("arraycopy")).or(target(name("identityHashCode"))))))
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(Runtime.class, Process.class, ProcessBuilder.class)
            .because("an estimate depends on the job alone: not on a clock, the environment or a property");

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("dev.headroom.model.(*)..").should().beFreeOfCycles();
}
