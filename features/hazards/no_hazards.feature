Feature: Nothing invites a leak
  Weaknesses that hurt nobody yet: caches that may keep what is private, URLs
  that tell, cookies without protection, session ids that can be guessed.

  Scenario: Private pages, links and cookies are as they should be
    Given 30 members
    And traffic at 50 TPS for 6 s
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response status is 200
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with form:
      | slotId | {{ user.kept.slot }} |
      | reason | check-up             |
    Then the response shows the member's own full_name
    Then there are no hazards

  @fresh-session
  Scenario: Session ids cannot be guessed, and end with the sign-out
    Given 20 members
    And traffic at 50 TPS for 6 s
    And sign-ins happen in groups of 4 at one instant
    And the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response shows the member's own email
    When the member signs out with DELETE "/session"
    Then the member's old session no longer works
    Then there is no hazard "guessable-session-credential"
    And there is no hazard "weak-session-cookie"
    And there is no hazard "cacheable-private-response"
